import type { HttpConnectionManager } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import type { ConfigContext } from '../config/config-context.ts';
import type { AccessLogOptions } from './access-log-runtime.ts';

type Holder = Pick<HttpConnectionManager, 'accessLogOptions' | 'accessLogFlushInterval' | 'flushAccessLogOnNewRequest'>;

/** When a connection manager logs; the fields of the message itself are the older place for what access_log_options says. */
export function compileAccessLogOptions(message: Holder, path: string, context: ConfigContext): AccessLogOptions {
  const options = message.accessLogOptions;
  const [interval, at] =
    options === undefined
      ? [message.accessLogFlushInterval, `${path}.access_log_flush_interval`]
      : [options.accessLogFlushInterval, `${path}.access_log_options.access_log_flush_interval`];
  return Object.freeze({
    periodMs: compileOptionalMs(interval, at, context),
    logsStart: options?.flushAccessLogOnNewRequest ?? message.flushAccessLogOnNewRequest,
    logsTunnel: options?.flushLogOnTunnelSuccessfullyEstablished ?? false,
  });
}
