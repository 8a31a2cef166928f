import { systemClock } from '../clock.ts';
import { type EnvSource, envChoice, envText, readEnv } from '../env.ts';
import type { MeshError } from '../errors.ts';
import { LogLevels, parseLogLevels } from '../log-levels.ts';
import { createLogger, type Logger } from '../logger.ts';
import { err, ok, type Result } from '../result.ts';
import { LineWriter } from './line-writer.ts';

/** The variables that set up the log of a program. */
export const logEnv = {
  levels: envText('WEFT_LOG', {
    description: 'How much each component logs, such as kube:debug,*:warning.',
    fallback: 'info',
  }),
  format: envChoice('WEFT_LOG_FORMAT', {
    description: 'How a log line looks: text for people, json for machines.',
    choices: ['text', 'json'],
    fallback: 'text',
  }),
} as const;

/** The log of a process: the root logger, and the levels, which may be changed while it runs. */
export interface ProcessLogger {
  readonly logger: Logger;
  readonly levels: LogLevels;
}

/** Creates the logger of a process from its environment; lines go to standard error, so that output can be piped. */
export function createProcessLogger(
  component: string,
  env: EnvSource = process.env,
): Result<ProcessLogger, readonly MeshError[]> {
  const settings = readEnv(logEnv, env);
  if (settings.kind === 'err') return settings;
  const spec = settings.value.levels;
  const parsed = parseLogLevels(spec);
  if (parsed.kind === 'err') return err([parsed.error]);
  const levels = new LogLevels(spec);
  const writer = new LineWriter(process.stderr);
  const { format } = settings.value;
  return ok({ levels, logger: createLogger({ component, levels, format, clock: systemClock, write: writer.write }) });
}
