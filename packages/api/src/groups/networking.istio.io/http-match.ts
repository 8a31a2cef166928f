/** Which HTTP requests a rule is for. */
import {
  boolean,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  map,
  object,
  string,
} from '../../schema/index.ts';
import { isDnsLabel } from '../../validation/hosts.ts';
import { headerNameProblem } from '../../validation/http.ts';
import { checkGatewayNames } from './gateway-names.ts';
import { checkLabels } from './labels.ts';
import { checkPort } from './port-selector.ts';
import { uint32 } from './scalars.ts';
import { checkFilledMatch, checkStringMatch, isEmptyMatch, type StringMatch, stringMatch } from './string-match.ts';

/** Which requests a rule is for; all that is set must match. */
export const httpMatch = object('Which requests the rule is for; all that is set must match.', {
  name: string('Name of the match, for logs.'),
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: map('Request headers; an empty match means that the header is present.', stringMatch),
  port: uint32('Port of the request.'),
  sourceLabels: map('Labels of the calling workload.', string('Value of the label.')),
  gateways: list('Gateways for which the match counts; those of the object when empty.', string('A gateway.')),
  queryParams: map('Query parameters; an empty match means that the parameter is present.', stringMatch),
  ignoreUriCase: boolean('Match exact and prefix paths without regard to case.'),
  withoutHeaders: map('Headers that must not match; an empty match means that the header is absent.', stringMatch),
  sourceNamespace: string('Namespace of the calling workload.'),
  statPrefix: string('Prefix of the counters of this route.'),
});

/** Which requests a rule is for. */
export type HttpMatch = Infer<typeof httpMatch>;

const JWT_CLAIM = /^@request\.auth\.claims[.[]./i;
const SINGLE_VALUES = ['scheme', 'method', 'authority'] as const;

/** Whether a header name stands for a claim of the caller's token. */
export function isJwtClaim(header: string): boolean {
  return header.startsWith('@') && JWT_CLAIM.test(header);
}

/** Checks expressions, names, ports and labels. */
export function checkHttpMatch(match: HttpMatch, path: FieldPath, report: IssueReport): void {
  // An empty prefix is allowed for paths only, where it matches every path.
  if (match.uri !== undefined) checkStringMatch(match.uri, path.child('uri'), report);
  for (const field of SINGLE_VALUES) {
    const value = match[field];
    if (value !== undefined) checkFilledMatch(value, path.child(field), report);
  }
  if (match.headers !== undefined) checkHeaderMatches(match.headers, path.child('headers'), report);
  if (match.withoutHeaders !== undefined) {
    checkHeaderMatches(match.withoutHeaders, path.child('withoutHeaders'), report);
  }
  if (match.queryParams !== undefined) {
    for (const name of Object.keys(match.queryParams)) {
      checkFilledMatch(match.queryParams[name]!, path.child('queryParams').key(name), report);
    }
  }
  if (match.port !== undefined && match.port !== 0) checkPort(match.port, path.child('port'), report);
  checkLabels(match.sourceLabels, path.child('sourceLabels'), report);
  checkGatewayNames(match.gateways, path.child('gateways'), report);
  if (match.sourceNamespace !== undefined && match.sourceNamespace !== '' && !isDnsLabel(match.sourceNamespace)) {
    report.invalid(
      path.child('sourceNamespace'),
      match.sourceNamespace,
      `sourceNamespace match ${match.sourceNamespace} is invalid`,
    );
  }
  warnOfNoEffect(match, path, report);
}

/** Claims of tokens are known on gateways only. */
export function checkNoJwtClaims(match: HttpMatch, path: FieldPath, report: IssueReport): void {
  for (const field of ['headers', 'withoutHeaders'] as const) {
    for (const name of Object.keys(match[field] ?? {})) {
      if (!isJwtClaim(name)) continue;
      report.invalid(
        path.child(field),
        name,
        'JWT claim based routing is only supported for gateways, and this VirtualService applies to the mesh',
      );
    }
  }
}

function checkHeaderMatches(
  matches: Readonly<Record<string, StringMatch>>,
  path: FieldPath,
  report: IssueReport,
): void {
  for (const name of Object.keys(matches)) {
    if (!isJwtClaim(name)) {
      const problem = headerNameProblem(name);
      if (problem !== undefined) report.invalid(path, name, problem);
    }
    // "*" is no expression but stands for "present".
    if (matches[name]!.regex !== '*') checkFilledMatch(matches[name]!, path.key(name), report);
  }
}

function warnOfNoEffect(match: HttpMatch, path: FieldPath, report: IssueReport): void {
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const) {
    const value = match[field];
    if (value !== undefined && isEmptyMatch(value)) {
      report.warn(`${path.child(field).toString()}: has no effect, as none of exact, prefix and regex is set`);
    }
  }
  if (match.ignoreUriCase === true && match.uri?.exact === undefined && match.uri?.prefix === undefined) {
    report.warn(`${path.child('ignoreUriCase').toString()}: has no effect without an exact or prefix match of uri`);
  }
}
