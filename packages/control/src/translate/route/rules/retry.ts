/** When requests are tried again (SEMANTICS 10). */
import type { RetryPolicyJson } from '@weft/proto/envoy/config/route/v3/route_components';
import type { HttpRouteSpec } from '../../../mesh/model/index.ts';
import { typed } from '../../json/typed-config.ts';
import { durationJson } from '../../json/values.ts';

type Retries = NonNullable<HttpRouteSpec['retries']>;

const PREVIOUS_HOSTS: RetryPolicyJson['retryHostPredicate'] = [
  {
    name: 'envoy.retry_host_predicates.previous_hosts',
    typedConfig: typed('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate', {}),
  },
];
const STATUS_CODES = 'retriable-status-codes';

const DEFAULT: RetryPolicyJson = {
  numRetries: 2,
  retryOn: `connect-failure,refused-stream,unavailable,cancelled,${STATUS_CODES}`,
  hostSelectionRetryMaxAttempts: '5',
};

/** What workloads' own proxies repeat: requests that the workload has not begun to read. */
export const INBOUND_RETRY: RetryPolicyJson = Object.freeze({ retryOn: 'reset-before-request', numRetries: 2 });

/** What a route repeats; undefined for nothing. With consistent hashing, a retry goes where the first attempt went. */
export function retryPolicy(retries: Retries | undefined, isHashed: boolean): RetryPolicyJson | undefined {
  const policy: RetryPolicyJson = { ...DEFAULT, ...(isHashed ? {} : { retryHostPredicate: PREVIOUS_HOSTS }) };
  if (retries === undefined) return policy;
  const { attempts = 0, retryOn = '', perTryTimeout, retryIgnorePreviousHosts: ignorePrevious, backoff } = retries;
  if (attempts <= 0) return undefined;
  policy.numRetries = attempts;
  if (retryOn !== '') Object.assign(policy, conditions(retryOn));
  const perTry = perTryTimeout === undefined ? undefined : durationJson(perTryTimeout);
  if (perTry !== undefined) policy.perTryTimeout = perTry;
  if (ignorePrevious === true) policy.retryHostPredicate = PREVIOUS_HOSTS;
  else if (ignorePrevious === false) delete policy.retryHostPredicate;
  const baseInterval = backoff === undefined ? undefined : durationJson(backoff);
  if (baseInterval !== undefined) policy.retryBackOff = { baseInterval };
  return policy;
}

/** Users write status codes among the names of failures. */
function conditions(retryOn: string): Pick<RetryPolicyJson, 'retryOn' | 'retriableStatusCodes'> {
  const parts = retryOn
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const codes = parts.filter((part) => /^\d+$/.test(part)).map(Number);
  const names = parts.filter((part) => !/^\d+$/.test(part));
  if (codes.length > 0 && !names.includes(STATUS_CODES)) names.push(STATUS_CODES);
  return { retryOn: names.join(','), ...(codes.length === 0 ? {} : { retriableStatusCodes: codes }) };
}
