/** Where requests are sent: a service, optionally a subset and a port of it. */
import { type FieldPath, type Infer, type IssueReport, object, required, string } from '../../schema/index.ts';
import { isDnsLabel, wildcardDomainProblem } from '../../validation/hosts.ts';
import { checkPortSelector, portSelector } from './port-selector.ts';

/** A service, optionally a subset and a port of it. */
export const destination = object('A service to which requests are sent.', {
  host: required(
    string('Name of the service; a short name is looked up in the namespace of this object, not of the caller.'),
  ),
  subset: string('Name of a subset that a DestinationRule of the host defines.'),
  port: portSelector,
});

/** A service, optionally a subset and a port of it. */
export type Destination = Infer<typeof destination>;

/** Checks host, subset and port. */
export function checkDestination(value: Destination, path: FieldPath, report: IssueReport): void {
  const problem = value.host === '*' ? 'invalid destination host *' : wildcardDomainProblem(value.host);
  if (problem !== undefined) report.invalid(path.child('host'), value.host, problem);
  if (value.subset !== undefined && value.subset !== '' && !isDnsLabel(value.subset)) {
    report.invalid(path.child('subset'), value.subset, `subset name is invalid: ${value.subset}`);
  }
  if (value.port !== undefined) checkPortSelector(value.port, path.child('port'), report);
}

/** Checks weights of alternatives: none negative, and together above zero when there is a choice. */
export function checkWeights(
  routes: readonly { readonly weight?: number }[],
  path: FieldPath,
  report: IssueReport,
): void {
  let total = 0;
  for (let i = 0; i < routes.length; i++) {
    const weight = routes[i]!.weight ?? 0;
    if (weight < 0) report.invalid(path.index(i).child('weight'), weight, `weight ${weight} < 0`);
    total += weight;
  }
  if (routes.length > 1 && total === 0) {
    report.invalid(path, total, 'total destination weight = 0, weights must sum to a positive number');
  }
  const only = routes.length === 1 ? routes[0]!.weight : undefined;
  if (only !== undefined && only >= 0 && only !== 100) {
    report.warn(`${path.index(0).child('weight').toString()}: weight ${only} has no effect on the only destination`);
  }
}
