/** strict_check_headers: requests that steer the router by values it cannot read are refused instead of served without. */
import { parseCount, parseRetryGrpcOnHeader, parseRetryOnHeader, ResponseFlag } from '@weft/engine';
import type { LocalReply } from '../filters/http/filter.ts';
import type { RequestHead } from '../http/head.ts';

const isCount = (value: string): boolean => parseCount(value) !== undefined;

/** Whether a value can be read, by the name of its header. */
const CHECKS: Readonly<Record<string, (value: string) => boolean>> = {
  'x-envoy-upstream-rq-timeout-ms': isCount,
  'x-envoy-upstream-rq-per-try-timeout-ms': isCount,
  'x-envoy-max-retries': isCount,
  'x-envoy-retry-on': (value) => parseRetryOnHeader(value).unknown.length === 0,
  'x-envoy-retry-grpc-on': (value) => parseRetryGrpcOnHeader(value).unknown.length === 0,
};

/** The answer to a request with a value that cannot be read; undefined without one. */
export function checkStrictly(names: readonly string[], head: RequestHead): LocalReply | undefined {
  for (const name of names) {
    const value = head.get(name);
    if (value === undefined || (CHECKS[name]?.(value) ?? true)) continue;
    return {
      status: 400,
      body: `invalid header '${name}' with value '${value}'`,
      details: 'request_headers_failed_strict_check',
      flags: ResponseFlag.invalidEnvoyRequestHeaders,
    };
  }
  return undefined;
}
