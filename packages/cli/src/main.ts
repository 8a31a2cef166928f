import { commandTree } from './commands/registry.ts';
import type { CliContext } from './framework/context.ts';
import { runCommandLine } from './framework/run.ts';

/** Runs `weft` with the words behind its name; returns the exit code. Touches nothing but what the context offers. */
export function main(argv: readonly string[], context: CliContext): Promise<number> {
  return runCommandLine(commandTree, argv, context);
}
