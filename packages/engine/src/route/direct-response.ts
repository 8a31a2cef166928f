import type { DirectResponseAction } from '@weft/proto/envoy/config/route/v3/route_components';
import { compileDataSource } from '../compile/data-source.ts';
import { supports } from '../compile/support.ts';
import type { SubstitutionFormat } from '../format/formatter.ts';
import type { RouteCompileContext } from './context.ts';

/** What is supported of direct responses. */
export const DIRECT_RESPONSE_SUPPORT = [
  supports<DirectResponseAction>('envoy.config.route.v3.DirectResponseAction', {
    status: true,
    body: true,
    bodyFormat: true,
  }),
];

/** A response that the proxy makes itself. */
export interface DirectResponseRuntime {
  readonly kind: 'directResponse';
  readonly status: number;
  readonly body: Uint8Array;
  /** Makes the body of each answer, from `body` among other things. */
  readonly format: SubstitutionFormat | undefined;
  /** Whether the response has a location: that of the request itself, as Envoy sends it with 201 and 3xx. */
  readonly hasLocation: boolean;
}

const EMPTY = new Uint8Array();

/** Compiles a direct response; undefined when there was a problem. */
export function compileDirectResponse(
  message: DirectResponseAction,
  maxBodyBytes: number,
  path: string,
  context: RouteCompileContext,
): DirectResponseRuntime | undefined {
  const { status } = message;
  if (status < 200 || status > 599) {
    context.problems.add(`${path}.status`, `must be 200 to 599, not ${status}`);
    return undefined;
  }
  const body = message.body === undefined ? EMPTY : compileDataSource(message.body, `${path}.body`, context);
  const format = message.bodyFormat && context.compileBodyFormat(message.bodyFormat, `${path}.body_format`);
  if (body === undefined || (message.bodyFormat !== undefined && format === undefined)) return undefined;
  if (body.length > maxBodyBytes) {
    const hint = 'raise max_direct_response_body_size_bytes of the route configuration';
    context.problems.add(`${path}.body`, `has ${body.length} bytes, more than the limit of ${maxBodyBytes}: ${hint}`);
    return undefined;
  }
  const hasLocation = status === 201 || (status >= 300 && status < 400);
  return Object.freeze({ kind: 'directResponse', status, body, format, hasLocation });
}
