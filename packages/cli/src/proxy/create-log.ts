import { UserError } from '@weft/core';
import { createProcessLogger, type ProcessLogger } from '@weft/core/node';
import { logLevelSpec } from '@weft/proxy';
import type { CommandContext } from '../framework/context.ts';
import type { ProxyArgs } from './proxy-args.ts';

/** The log of the process; what somebody asks for on the command line goes before the environment. */
export function createLog(args: ProxyArgs, context: CommandContext): ProcessLogger {
  const created = createProcessLogger('proxy', logEnv(args, context));
  if (created.kind === 'err') throw new UserError(created.error.map((e) => e.message).join('; '));
  return created.value;
}

function logEnv({ logLevel, componentLogLevel }: ProxyArgs, { env, verbosity }: CommandContext): CommandContext['env'] {
  if (logLevel !== undefined || componentLogLevel !== '') {
    const spec = logLevelSpec(logLevel ?? 'info', componentLogLevel);
    if (spec.kind === 'err') throw new UserError(`--component-log-level: ${spec.error}`);
    return { ...env, WEFT_LOG: spec.value };
  }
  return verbosity > 0 && (env['WEFT_LOG'] ?? '') === '' ? { ...env, WEFT_LOG: 'debug' } : env;
}
