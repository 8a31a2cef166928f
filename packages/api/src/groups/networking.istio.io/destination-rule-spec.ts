/** The fields of a DestinationRule and the rules across them. */
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import {
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  map,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { isDnsLabel, wildcardDomainProblem } from '../../validation/hosts.ts';
import { checkExportTo, exportTo } from './export-to.ts';
import { checkLabels } from './labels.ts';
import { checkTrafficPolicy, trafficPolicy } from './traffic-policy.ts';
import { checkMatchLabelsSelector, matchLabelsSelector } from './workload-selector.ts';

const subset = object('A part of the endpoints of the host, chosen by labels.', {
  name: required(string('Name by which routes refer to the subset.')),
  labels: map('Labels that an endpoint of the subset has.', string('Value of the label.')),
  trafficPolicy,
});

/** The fields of a DestinationRule. */
export const destinationRuleSpec = object('Policies for requests to a host.', {
  host: required(string('Host that the policies are for; a short name is looked up in the namespace of this object.')),
  trafficPolicy,
  subsets: list('Named parts of the endpoints of the host.', subset),
  exportTo: exportTo('rule'),
  workloadSelector: matchLabelsSelector,
});

/** The fields of a DestinationRule. */
export type DestinationRuleSpec = Infer<typeof destinationRuleSpec>;

/** Checks the rules across fields. */
export function checkDestinationRule(
  rule: { readonly metadata: ObjectMeta; readonly spec?: DestinationRuleSpec },
  report: IssueReport,
): void {
  const { spec } = rule;
  if (spec === undefined) {
    report.required(specPath);
    return;
  }
  const problem = wildcardDomainProblem(spec.host);
  if (problem !== undefined) report.invalid(specPath.child('host'), spec.host, problem);
  if (spec.trafficPolicy !== undefined) {
    checkTrafficPolicy(spec.trafficPolicy, specPath.child('trafficPolicy'), report);
  }
  checkSubsets(spec.subsets ?? [], specPath.child('subsets'), report);
  checkExportTo(spec.exportTo, rule.metadata.namespace, specPath.child('exportTo'), report, {
    staysInNamespace: spec.workloadSelector !== undefined,
  });
  checkMatchLabelsSelector(spec.workloadSelector, specPath.child('workloadSelector'), report);
  checkSecretReach(spec, report);
}

function checkSubsets(
  subsets: NonNullable<DestinationRuleSpec['subsets']>,
  path: FieldPath,
  report: IssueReport,
): void {
  const seen = new Set<string>();
  for (let i = 0; i < subsets.length; i++) {
    const { name, labels, trafficPolicy: policy } = subsets[i]!;
    const at = path.index(i);
    if (name === '') report.required(at.child('name'), 'subset name cannot be empty');
    else if (!isDnsLabel(name)) report.invalid(at.child('name'), name, `subset name is invalid: ${name}`);
    if (seen.has(name)) report.duplicate(at.child('name'), name);
    seen.add(name);
    checkLabels(labels, at.child('labels'), report);
    if (policy !== undefined) checkTrafficPolicy(policy, at.child('trafficPolicy'), report);
  }
}

/** Sidecars may fetch a Secret only for a rule that names its workloads; gateways always may. */
function checkSecretReach(spec: DestinationRuleSpec, report: IssueReport): void {
  if (spec.workloadSelector !== undefined) return;
  if ((spec.trafficPolicy?.tls?.credentialName ?? '') === '') return;
  report.warn(
    `${specPath.child('trafficPolicy', 'tls', 'credentialName').toString()}: only gateways use it, as there is no workloadSelector`,
  );
}
