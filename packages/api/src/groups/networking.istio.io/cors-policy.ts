/** Which pages of other origins may call. */
import {
  boolean,
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  object,
  string,
} from '../../schema/index.ts';
import { HTTP_METHODS, headerNameProblem } from '../../validation/http.ts';
import { cachedDurationNs, duration } from './scalars.ts';
import { checkStringMatch, stringMatch } from './string-match.ts';

/** Which pages of other origins may call. */
export const corsPolicy = object('Which pages of other origins may call.', {
  allowOrigins: list('Origins that may call.', stringMatch),
  allowOrigin: list('Older form of allowOrigins: whole origins, or "*".', string('An origin, or "*".'), {
    deprecated: 'is deprecated, use allowOrigins instead',
  }),
  allowMethods: list('Methods that may be used.', string('A method.')),
  allowHeaders: list('Request headers that may be sent.', string('Name of a header, or "*".')),
  exposeHeaders: list('Response headers that the page may read.', string('Name of a header, or "*".')),
  maxAge: duration('How long a browser may remember this policy; whole seconds.'),
  allowCredentials: boolean('Whether cookies and the like may be sent.', { nullable: true }),
  unmatchedPreflights: enumeration('Whether a preflight of an unknown origin reaches the service.', [
    'UNSPECIFIED',
    'FORWARD',
    'IGNORE',
  ]),
});

/** Which pages of other origins may call. */
export type CorsPolicy = Infer<typeof corsPolicy>;

const METHOD_SET: ReadonlySet<string> = new Set(HTTP_METHODS);

/** Checks origins, methods, headers and the age. */
export function checkCorsPolicy(policy: CorsPolicy, path: FieldPath, report: IssueReport): void {
  const origins = policy.allowOrigins ?? [];
  for (let i = 0; i < origins.length; i++) {
    const origin = origins[i]!;
    const at = path.child('allowOrigins').index(i);
    if ((origin.exact ?? origin.prefix ?? origin.regex ?? '') === '') {
      report.invalid(at, '', 'one of exact, prefix and regex must be set for CORS allow origins');
    } else checkStringMatch(origin, at, report);
  }
  const methods = policy.allowMethods ?? [];
  for (let i = 0; i < methods.length; i++) {
    if (METHOD_SET.has(methods[i]!)) continue;
    report.notSupported(path.child('allowMethods').index(i), methods[i], HTTP_METHODS);
  }
  checkHeaderNames(policy.allowHeaders, path.child('allowHeaders'), report);
  checkHeaderNames(policy.exposeHeaders, path.child('exposeHeaders'), report);
  if (policy.maxAge !== undefined && cachedDurationNs(policy.maxAge) % 1e9 !== 0) {
    report.invalid(path.child('maxAge'), policy.maxAge, 'maxAge is accurate only to seconds precision');
  }
  if (policy.allowOrigin !== undefined && origins.length > 0) {
    report.warn(`${path.child('allowOrigin').toString()}: has no effect beside allowOrigins`);
  }
}

function checkHeaderNames(names: readonly string[] | undefined, path: FieldPath, report: IssueReport): void {
  if (names === undefined) return;
  for (let i = 0; i < names.length; i++) {
    const problem = names[i] === '*' ? undefined : headerNameProblem(names[i]!);
    if (problem !== undefined) report.invalid(path.index(i), names[i], problem);
  }
}
