/** What a route may do instead of sending a request on, or to its address: redirect, answer, rewrite, delegate, mirror. */
import {
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { isDnsLabel } from '../../validation/hosts.ts';
import { checkDestination, destination } from './destination.ts';
import { checkHttpStatus } from './fault.ts';
import { atMostOneOf } from './one-of.ts';
import { checkPort } from './port-selector.ts';
import { type Percent, percent, uint32 } from './scalars.ts';
import { checkRegex } from './string-match.ts';

const LARGE_BODY = 100 * 1024;
const MAX_BODY = 1024 * 1024;

/** Sends the client elsewhere. */
export const redirect = object(
  'Send the client elsewhere.',
  {
    uri: string('Path that replaces that of the request.'),
    prefixRewrite: string('Text that replaces the matched prefix of the path.'),
    authority: string('Host that replaces that of the request.'),
    port: uint32('Port that replaces that of the request.'),
    derivePort: enumeration('Where the port comes from.', ['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']),
    scheme: string('http or https.'),
    redirectCode: uint32('Status of the answer; 301 when absent.'),
  },
  { rules: [atMostOneOf('port', 'derivePort'), atMostOneOf('uri', 'prefixRewrite')] },
);

/** Answers without a service. */
export const directResponse = object('Answer without a service.', {
  status: required(uint32('Status of the answer.')),
  body: object(
    'Body of the answer.',
    { string: string('Body as text.'), bytes: string('Body in base64.', { format: 'byte' }) },
    { rules: [atMostOneOf('string', 'bytes')] },
  ),
});

/** Changes the address of a request before it is sent on. */
export const rewrite = object('Changes of the address of a request before it is sent on.', {
  uri: string('Text that replaces the matched prefix, or the whole path of an exact match.'),
  authority: string('Host that replaces that of the request.'),
  uriRegexRewrite: object('Replacement of a part of the path.', {
    match: string('RE2 expression of what is replaced.'),
    rewrite: string('What replaces it; \\1 and so on stand for groups.'),
  }),
});

/** Another VirtualService that continues this rule. */
export const delegate = object('Another VirtualService that continues this rule.', {
  name: string('Name of the VirtualService.'),
  namespace: string('Namespace of the VirtualService; that of this object when absent.'),
});

/** Copies of requests. */
export const mirrors = list(
  'Services that get copies of the requests; their answers are thrown away.',
  object('A service that gets copies.', { destination: required(destination), percentage: percent }),
);

type Redirect = Infer<typeof redirect>;
type Rewrite = Infer<typeof rewrite>;

/** Checks that a redirect leads somewhere. */
export function checkRedirect(value: Redirect, path: FieldPath, report: IssueReport): void {
  const { uri = '', prefixRewrite = '', authority = '', scheme = '', port, derivePort, redirectCode = 0 } = value;
  const hasPort = port !== undefined || derivePort !== undefined;
  if (uri === '' && prefixRewrite === '' && authority === '' && scheme === '' && !hasPort) {
    report.invalid(path, '', 'redirect must specify URI, authority, scheme, or port');
  }
  if (redirectCode !== 0 && (redirectCode < 300 || redirectCode > 399)) {
    report.invalid(
      path.child('redirectCode'),
      redirectCode,
      `${redirectCode} is not a valid redirect code, must be 3xx`,
    );
  }
  if (scheme !== '' && scheme !== 'http' && scheme !== 'https') {
    report.invalid(path.child('scheme'), scheme, 'invalid redirect scheme, must be "http" or "https"');
  }
  if (port !== undefined && port > 0) checkPort(port, path.child('port'), report);
}

/** Checks status and size of an answer. */
export function checkDirectResponse(value: Infer<typeof directResponse>, path: FieldPath, report: IssueReport): void {
  checkHttpStatus(value.status, path.child('status'), report);
  const { string: text, bytes } = value.body ?? {};
  const size = text !== undefined ? text.length : Math.floor(((bytes ?? '').length / 4) * 3);
  if (size > MAX_BODY) {
    report.invalid(
      path.child('body'),
      size,
      'a direct response must be less than 1MB, serve it from a service instead',
    );
  } else if (size > LARGE_BODY) {
    report.warn(`${path.child('body').toString()}: large direct responses cost memory in every proxy`);
  }
}

/** Checks that a rewrite changes something, in one way. */
export function checkRewrite(value: Rewrite, path: FieldPath, report: IssueReport): void {
  const { uri = '', authority = '', uriRegexRewrite } = value;
  if (uri !== '' && uriRegexRewrite !== undefined) {
    report.invalid(path.child('uriRegexRewrite'), '', 'rewrite may only contain one of uri or uriRegexRewrite');
    return;
  }
  if (uri === '' && authority === '' && uriRegexRewrite === undefined) {
    report.invalid(path, '', 'rewrite must specify at least one of uri, uriRegexRewrite, or authority');
    return;
  }
  if (uriRegexRewrite === undefined) return;
  const at = path.child('uriRegexRewrite');
  for (const field of ['match', 'rewrite'] as const) {
    if ((uriRegexRewrite[field] ?? '') === '') {
      report.required(at.child(field), 'uriRegexRewrite requires both rewrite and match');
    }
  }
  if ((uriRegexRewrite.match ?? '') !== '') checkRegex(uriRegexRewrite.match!, at.child('match'), report);
}

/** Checks the name of a delegate. */
export function checkDelegate(value: Infer<typeof delegate>, path: FieldPath, report: IssueReport): void {
  if ((value.name ?? '') === '') report.required(path.child('name'), 'name of the delegate VirtualService');
  if ((value.namespace ?? '') !== '' && !isDnsLabel(value.namespace!)) {
    report.invalid(path.child('namespace'), value.namespace, 'must be the name of a namespace');
  }
}

/** Checks each mirror. */
export function checkMirrors(value: Infer<typeof mirrors>, path: FieldPath, report: IssueReport): void {
  for (let i = 0; i < value.length; i++) {
    const at = path.index(i);
    checkDestination(value[i]!.destination, at.child('destination'), report);
    checkMirrorPercent(value[i]!.percentage, at.child('percentage'), report);
  }
}

/** Checks the share of mirrored requests. */
export function checkMirrorPercent(share: Percent | undefined, path: FieldPath, report: IssueReport): void {
  const value = share?.value ?? 0;
  if (value >= 0 && value <= 100) return;
  const bound = value > 100 ? 'max value of 100' : 'min value of 0';
  report.invalid(path.child('value'), value, `mirror percentage must have a ${bound} (it has ${value})`);
}

/** The older form of a share is a whole number. */
export const mirrorPercent = uint32('Older form of mirrorPercentage: a whole number.', {
  nullable: true,
  deprecated: 'is deprecated, use mirrorPercentage instead',
});
