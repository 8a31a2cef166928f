import type { Buffer, BufferPerRoute } from '@weft/proto/envoy/extensions/filters/http/buffer/v3/buffer';
import type { CompileContext } from '../../compile/context.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';

const PACKAGE = 'envoy.extensions.filters.http.buffer.v3';

/** What is supported of the filter. */
export const BUFFER_SUPPORT = [
  supports<Buffer>(`${PACKAGE}.Buffer`, { maxRequestBytes: true }),
  supports<BufferPerRoute>(`${PACKAGE}.BufferPerRoute`, { override: { disabled: true, buffer: true } }),
];

/** A compiled filter, or what a route says instead. */
export interface BufferRuntime {
  /** Longer requests are answered with 413; undefined where the route has the filter off. */
  readonly maxRequestBytes: number | undefined;
}

/** Holds requests until they are there in full, so that upstreams get them at once and with their length. */
export const BUFFER_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.buffer',
  typeName: `${PACKAGE}.Buffer`,
  compile: (message, path, context) => compileBuffer(message as Buffer, path, context),
  route: {
    typeName: `${PACKAGE}.BufferPerRoute`,
    compile: (message, path, context) => compileForRoute(message as BufferPerRoute, path, context),
  },
};

function compileBuffer({ maxRequestBytes }: Buffer, path: string, context: CompileContext): BufferRuntime | undefined {
  if (maxRequestBytes === undefined) return isMissing(path, 'max_request_bytes', context);
  if (maxRequestBytes > 0) return Object.freeze({ maxRequestBytes });
  context.problems.add(`${path}.max_request_bytes`, 'must be greater than 0');
  return undefined;
}

function compileForRoute(
  { override }: BufferPerRoute,
  path: string,
  context: CompileContext,
): BufferRuntime | undefined {
  if (override.case === 'buffer') return compileBuffer(override.value, `${path}.buffer`, context);
  if (override.case === 'disabled' && override.value) return Object.freeze({ maxRequestBytes: undefined });
  return isMissing(path, 'disabled: true, or buffer', context);
}
