import type { CommandContext } from '../framework/context.ts';

/** `-v` asks for everything, unless the environment says in detail what to log. */
export function logSettings({ env, verbosity }: CommandContext): CommandContext['env'] {
  return verbosity > 0 && (env['WEFT_LOG'] ?? '') === '' ? { ...env, WEFT_LOG: 'debug' } : env;
}
