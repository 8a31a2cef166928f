/** Which tokens workloads accept. */
import { defineKind, type ObjectMeta, type ObjectOf, specPath } from '../../kind/index.ts';
import {
  boolean,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  object,
  required,
  type SchemaRule,
  string,
} from '../../schema/index.ts';
import { headerNameProblem } from '../../validation/http.ts';
import { duration } from '../networking.istio.io/scalars.ts';
import { istioStatus } from '../networking.istio.io/status.ts';
import { ageColumn } from '../networking.istio.io/versions.ts';
import { attachmentFields, checkAttachment, oneAttachment } from './attachment.ts';
import { jwksProblem } from './jwks.ts';
import { SECURITY_GROUP, securityCategories, securityVersions } from './versions.ts';

const httpScheme: SchemaRule<string> = {
  message: 'url must have scheme http:// or https://',
  cel: "isURL(self) && url(self).getScheme() in ['http', 'https']",
  check: (uri) => /^https?:\/\//i.test(uri) && URL.canParse(uri),
};

const jwksAddress = { minLength: 1, maxLength: 2048, rules: [httpScheme] };

const jwtFields = {
  issuer: string('Issuer that tokens must name.', { minLength: 1 }),
  audiences: list('Audiences one of which tokens must name.', string('An audience.', { minLength: 1 })),
  jwksUri: string(
    'Address of the keys that tokens are verified with; found through the issuer when absent.',
    jwksAddress,
  ),
  jwks_uri: string('Older spelling of jwksUri.', jwksAddress),
  jwks: string('The keys themselves, as JSON.'),
  fromHeaders: list(
    'Headers that may carry the token; Authorization with "Bearer " when no place is named.',
    object('A header that may carry the token.', {
      name: required(string('Name of the header.', { minLength: 1 })),
      prefix: string('Text before the token, such as "Bearer ".'),
    }),
  ),
  fromParams: list('Query parameters that may carry the token.', string('Name of a parameter.', { minLength: 1 })),
  fromCookies: list('Cookies that may carry the token.', string('Name of a cookie.', { minLength: 1 })),
  outputPayloadToHeader: string('Header in which the claims are sent on, as JSON in base64.'),
  outputClaimToHeaders: list(
    'Headers in which single claims are sent on.',
    object('A claim and its header.', {
      header: required(string('Name of the header.', { minLength: 1, pattern: '^[-_A-Za-z0-9]+$' })),
      claim: required(string('Name of the claim; dots lead into nested claims.', { minLength: 1 })),
    }),
  ),
  forwardOriginalToken: boolean('Send the token on; it is taken out of the request otherwise.'),
  timeout: duration('Longest time that fetching the keys may take; 5s when absent.'),
  spaceDelimitedClaims: list(
    'Claims whose text is a list of words, beside scope and permission.',
    string('Name of a claim.', { minLength: 1 }),
    { maxItems: 64 },
  ),
} as const;

const jwtRule = object('A kind of token, and how it is verified.', jwtFields, {
  rules: [
    {
      message: 'only one of jwks or jwksUri can be set',
      cel: '(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0) + (has(self.jwks) ? 1 : 0) <= 1',
      check: (rule) =>
        Number(rule.jwksUri !== undefined) + Number(rule.jwks_uri !== undefined) + Number(rule.jwks !== undefined) <= 1,
    },
  ],
});

type JwtRule = Infer<typeof jwtRule>;

const requestSpec = object(
  'Which tokens workloads accept.',
  {
    ...attachmentFields,
    jwtRules: list('Kinds of tokens that are accepted; a request with any other token is refused.', jwtRule, {
      maxItems: 4096,
    }),
  },
  { rules: [oneAttachment] },
);

function checkRequestAuthentication(
  policy: { readonly metadata: ObjectMeta; readonly spec?: Infer<typeof requestSpec> },
  report: IssueReport,
): void {
  const spec = policy.spec ?? {};
  checkAttachment(spec, report);
  for (const [i, rule] of (spec.jwtRules ?? []).entries()) {
    checkJwtRule(rule, specPath.child('jwtRules').index(i), report);
  }
}

function checkJwtRule(rule: JwtRule, path: FieldPath, report: IssueReport): void {
  if (rule.issuer === undefined && rule.jwksUri === undefined && rule.jwks_uri === undefined) {
    report.required(path.child('issuer'), 'issuer or jwksUri must be non-empty string');
  }
  if (rule.jwks !== undefined && rule.jwks !== '') {
    const problem = jwksProblem(rule.jwks);
    if (problem !== undefined) report.invalid(path.child('jwks'), rule.jwks, `jwks parse error: ${problem}`);
  }
  if (rule.outputPayloadToHeader !== undefined && rule.outputPayloadToHeader !== '') {
    const problem = headerNameProblem(rule.outputPayloadToHeader);
    if (problem !== undefined) report.invalid(path.child('outputPayloadToHeader'), rule.outputPayloadToHeader, problem);
  }
  warnOfRepeats(
    rule.fromHeaders?.map((h) => `${h.name.toLowerCase()}:${h.prefix ?? ''}`),
    path.child('fromHeaders'),
    report,
  );
  warnOfRepeats(rule.fromParams, path.child('fromParams'), report);
  warnOfRepeats(rule.fromCookies, path.child('fromCookies'), report);
  const outputs = (rule.outputClaimToHeaders ?? []).map((output) => output.header.toLowerCase());
  warnOfRepeats(outputs, path.child('outputClaimToHeaders'), report);
  const payload = rule.outputPayloadToHeader?.toLowerCase();
  if (payload !== undefined && outputs.includes(payload)) {
    report.warn(`${path.child('outputPayloadToHeader').toString()}: a claim is written to the same header`);
  }
}

/** A repeated place is looked at once, and a repeated header is written once: the later entries have no effect. */
function warnOfRepeats(names: readonly string[] | undefined, path: FieldPath, report: IssueReport): void {
  if (names === undefined || names.length < 2) return;
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (seen.has(name)) report.warn(`${path.index(i).toString()}: repeats an earlier entry and has no effect`);
    seen.add(name);
  }
}

/** Which tokens the workloads of the mesh, a namespace or a selection accept. */
export const requestAuthentication = defineKind({
  group: SECURITY_GROUP,
  kind: 'RequestAuthentication',
  plural: 'requestauthentications',
  shortNames: ['ra'],
  categories: securityCategories,
  scope: 'Namespaced',
  description: 'Which tokens the workloads of the mesh, a namespace or a selection accept.',
  fields: { spec: requestSpec, status: istioStatus },
  versions: securityVersions,
  hasStatus: true,
  columns: [ageColumn],
  check: checkRequestAuthentication,
});

/** A RequestAuthentication object. */
export type RequestAuthentication = ObjectOf<typeof requestAuthentication>;
