import type { AccessLogRuntime } from '@weft/engine';
import type { ProxyServices } from '../server/services.ts';
import { AccessLogger } from './access-logger.ts';

/** The access logs of a listener or a filter at work. */
export function createAccessLoggers(
  logs: readonly AccessLogRuntime[],
  { logWriters, random, runtimeValues }: Pick<ProxyServices, 'logWriters' | 'random' | 'runtimeValues'>,
): readonly AccessLogger[] {
  return logs.map(
    (runtime) => new AccessLogger({ runtime, writer: logWriters.writerFor(runtime.sink), random, runtimeValues }),
  );
}
