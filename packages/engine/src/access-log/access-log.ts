import type { AccessLog } from '@weft/proto/envoy/config/accesslog/v3/accesslog';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileExtension } from '../config/extension-category.ts';
import type { AccessLogRuntime } from './access-log-runtime.ts';
import { compileLogFilter, LOG_FILTER_SUPPORT } from './log-filter.ts';
import { ACCESS_LOGGERS, LOGGER_SUPPORT } from './loggers.ts';

/** What is supported of access logs. */
export const ACCESS_LOG_SUPPORT = [
  supports<AccessLog>('envoy.config.accesslog.v3.AccessLog', {
    name: true,
    filter: true,
    configType: { typedConfig: true },
  }),
  ...LOGGER_SUPPORT,
  ...LOG_FILTER_SUPPORT,
];

/** Compiles the access logs of a connection manager, a listener or a TCP proxy; undefined when there was a problem. */
export function compileAccessLogs(
  messages: readonly AccessLog[],
  path: string,
  context: ConfigContext,
): readonly AccessLogRuntime[] | undefined {
  return compileList(messages, path, (message, at) => compileAccessLog(message, at, context));
}

function compileAccessLog(message: AccessLog, path: string, context: ConfigContext): AccessLogRuntime | undefined {
  const before = context.problems.count;
  const filter = message.filter && compileLogFilter(message.filter, `${path}.filter`, context);
  const holder = { name: message.name, typedConfig: message.configType.value };
  const logger = compileExtension(ACCESS_LOGGERS, holder, path, context);
  if (logger === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({ name: message.name, filter, ...logger.config });
}
