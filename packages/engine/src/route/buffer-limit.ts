import type { Route, VirtualHost } from '@weft/proto/envoy/config/route/v3/route_components';
import type { CompileContext } from '../compile/context.ts';

/** How many bytes of a request are kept, as a route or a virtual host says it by its older or its newer field; undefined where it does not. */
export function compileBufferLimit(
  { perRequestBufferLimitBytes: older, requestBodyBufferLimit: newer }: Route | VirtualHost,
  path: string,
  context: CompileContext,
): number | undefined {
  if (newer === undefined) return older;
  if (older !== undefined) {
    const fields = 'request_body_buffer_limit and per_request_buffer_limit_bytes';
    context.problems.add(path, `${fields} may not both be set: use request_body_buffer_limit`);
  }
  return Number(newer);
}
