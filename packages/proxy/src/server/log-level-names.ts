/** Envoy's names for how much is logged, and the components that log. */
import { err, type LogLevel, ok, type Result } from '@weft/core';

/** The components that write log messages. */
export const LOG_COMPONENTS: readonly string[] = ['proxy', 'access-log', 'dns', 'xds'];

/** Envoy's levels as ours, which are fewer. */
export const ENVOY_LOG_LEVELS = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warning: 'warning',
  error: 'error',
  critical: 'error',
  off: 'none',
} as const satisfies Readonly<Record<string, LogLevel>>;

/** One of Envoy's levels. */
export type EnvoyLogLevel = keyof typeof ENVOY_LOG_LEVELS;

/** Our level of a name of Envoy's; undefined for a name that is none. */
export function logLevelNamed(name: string): LogLevel | undefined {
  return Object.hasOwn(ENVOY_LOG_LEVELS, name) ? ENVOY_LOG_LEVELS[name as EnvoyLogLevel] : undefined;
}

/** The levels of a command line, as LogLevels takes them: one for everything, and those of components as `name1:level1,name2:level2`. */
export function logLevelSpec(all: EnvoyLogLevel, ofComponents: string): Result<string, string> {
  const levels = new Map<string, LogLevel>([['*', ENVOY_LOG_LEVELS[all]]]);
  for (const part of ofComponents === '' ? [] : ofComponents.split(',')) {
    const colon = part.lastIndexOf(':');
    const component = part.slice(0, Math.max(colon, 0));
    const level = logLevelNamed(part.slice(colon + 1));
    if (!LOG_COMPONENTS.includes(component)) {
      return err(`${JSON.stringify(component)} is no component that logs: use ${LOG_COMPONENTS.join(', ')}`);
    }
    if (level === undefined) {
      return err(
        `${JSON.stringify(part.slice(colon + 1))} is no level: use ${Object.keys(ENVOY_LOG_LEVELS).join(', ')}`,
      );
    }
    levels.set(component, level);
  }
  return ok([...levels].map(([component, level]) => `${component}:${level}`).join(','));
}
