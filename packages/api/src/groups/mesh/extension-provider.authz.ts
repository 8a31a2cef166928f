/** Extension providers that decide whether requests may pass. */
import {
  boolean,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  map,
  object,
  type Schema,
  string,
} from '../../schema/index.ts';
import { duration, uint32 } from '../networking.istio.io/scalars.ts';
import { serviceFields } from './extension-provider.service.ts';

const requestBody = object('How much of the body of a request is sent along.', {
  maxRequestBytes: uint32('Bytes that are held back and sent; larger bodies are refused with 413.'),
  allowPartialMessage: boolean('Sends the first bytes of larger bodies instead of refusing them.'),
  packAsBytes: boolean('Sends the body as bytes instead of text; for gRPC.'),
});

function headerPatterns(description: string): Schema<string[]> {
  return list(description, string('Name of a header; "*" at its start or end matches anything there.'));
}

const common = {
  ...serviceFields,
  timeout: duration('Longest time to wait for the decision; 600s when absent.'),
  failOpen: boolean('Lets requests pass when no decision can be had.'),
  clearRouteCache: boolean('Chooses the route anew after the provider changed headers.'),
  statusOnError: string('Status of the answer when no decision can be had; 403 when absent.'),
  includeRequestBodyInCheck: requestBody,
} as const;

/** Asks over HTTP. */
export const envoyExtAuthzHttp = object('Asks an HTTP service whether requests may pass.', {
  ...common,
  pathPrefix: string('Prefix put before the path of the request that is asked about.'),
  includeHeadersInCheck: list('Former name of includeRequestHeadersInCheck.', string('Name of a header.'), {
    deprecated: 'use includeRequestHeadersInCheck',
  }),
  includeRequestHeadersInCheck: headerPatterns('Request headers that the service gets to see beside the usual ones.'),
  includeAdditionalHeadersInCheck: map('Headers to add to the question.', string('Value of the header.')),
  headersToUpstreamOnAllow: headerPatterns('Headers of the answer to set on requests that pass.'),
  headersToDownstreamOnDeny: headerPatterns('Headers of the answer that the client gets when refused.'),
  headersToDownstreamOnAllow: headerPatterns('Headers of the answer that the client gets when let through.'),
});

/** Asks over gRPC. */
export const envoyExtAuthzGrpc = object('Asks a gRPC service whether requests may pass.', common);

type HttpAuthz = Infer<typeof envoyExtAuthzHttp>;

const STATUS = /^[1-5]\d\d$/;

/** Checks what is said beside host and port. */
export function checkAuthz(
  provider: Pick<HttpAuthz, 'statusOnError' | 'pathPrefix'>,
  path: FieldPath,
  report: IssueReport,
): void {
  const { statusOnError = '', pathPrefix = '' } = provider;
  if (statusOnError !== '' && !STATUS.test(statusOnError)) {
    report.invalid(path.child('statusOnError'), statusOnError, 'must be an HTTP status');
  }
  if (pathPrefix !== '' && !pathPrefix.startsWith('/')) {
    report.invalid(path.child('pathPrefix'), pathPrefix, 'pathPrefix should begin with `/`');
  }
}
