import { UserError } from '@weft/core';
import { printResult } from '../output/print.ts';
import { type ColorMode, createStyle } from '../output/style.ts';
import type { AnyCommand, CommandEntry } from './command.ts';
import type { CliContext, CommandContext, OutputFormat } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { reportFailure } from './failure.ts';
import { formatCommandHelp, formatGroupHelp } from './help.ts';
import { type ParsedArgs, parseCommandLine, usage, wantsHelp } from './parse.ts';
import { allFlagsOf } from './shared-flags.ts';
import { type CommandTree, resolveCommand } from './tree.ts';

/** Runs one command line against a tree of commands; returns the exit code and throws nothing. */
export async function runCommandLine(tree: CommandTree, argv: readonly string[], context: CliContext): Promise<number> {
  // Read loosely, since they must work for a command line that turns out to be wrong.
  const verbosity = argv.reduce((count, word) => count + (/^-v+$/.exec(word)?.[0].length ?? 1) - 1, 0);
  const errStyle = createStyle(looseColor(argv), context.err.isTty, context.env);
  try {
    return await dispatch(tree, argv, context);
  } catch (thrown: unknown) {
    // What fails because of the interruption is not worth a message.
    if (context.signal.aborted && isAbort(thrown, context.signal)) return EXIT.interrupted;
    const { exitCode, text } = reportFailure(thrown, verbosity, errStyle);
    context.err.write(`${text}\n`);
    return exitCode;
  }
}

async function dispatch(tree: CommandTree, argv: readonly string[], context: CliContext): Promise<number> {
  const [first, ...others] = argv;
  if (first === '--version') return dispatch(tree, ['version', ...others], context);
  if (first === 'help') return showHelp(tree, others, context);
  if (first === '__complete') return printCompletions(tree, others, context);
  const found = resolveCommand(tree, argv);
  if (found.kind === 'group') {
    if (found.path === '' || wantsHelp(argv)) {
      const stray = found.rest.find((word) => word.startsWith('-'));
      if (stray !== undefined && !wantsHelp(argv)) throw usage('', `weft needs a command before ${stray}`);
      return showHelp(
        tree,
        found.path.split(' ').filter((word) => word !== ''),
        context,
      );
    }
    throw new UserError(`weft ${found.path} needs a command`, { hint: `see weft ${found.path} --help` });
  }
  const { default: command } = await found.entry.load();
  if (wantsHelp(found.rest, allFlagsOf(command))) return showCommandHelp(found.entry, command, context);
  const parsed = parseCommandLine(found.entry.path, command, found.rest, context);
  return runCommand(command, parsed, context);
}

async function runCommand(command: AnyCommand, parsed: ParsedArgs, context: CliContext): Promise<number> {
  const { shared } = parsed;
  const commandContext: CommandContext = {
    ...context,
    output: (shared['output'] ?? 'table') as OutputFormat,
    namespace: shared['namespace'] as string | undefined,
    kubeconfig: shared['kubeconfig'] as string | undefined,
    context: shared['context'] as string | undefined,
    verbosity: shared['verbose'] as number,
    style: createStyle(shared['color'] as ColorMode, context.isTty, context.env),
  };
  const args = { ...parsed.values, passthrough: parsed.passthrough };
  const result = await command.run(args as never, commandContext);
  if (result === undefined) return EXIT.ok;
  await printResult(result, commandContext);
  return result.verdict === 'no' ? EXIT.no : EXIT.ok;
}

/** What the completion scripts call: a line for each candidate, a tab before its description, and a last line `:paths`. */
async function printCompletions(tree: CommandTree, words: readonly string[], context: CliContext): Promise<number> {
  const { complete } = await import('./complete.ts');
  const { candidates, paths } = await complete(tree, words[0] === '--' ? words.slice(1) : words);
  for (const { value, description = '' } of candidates) {
    context.out.write(description === '' ? `${value}\n` : `${value}\t${description}\n`);
  }
  context.out.write(`:${paths}\n`);
  return EXIT.ok;
}

async function showHelp(tree: CommandTree, words: readonly string[], context: CliContext): Promise<number> {
  const found = resolveCommand(tree, words);
  if (found.kind === 'command') return showCommandHelp(found.entry, (await found.entry.load()).default, context);
  const style = createStyle(looseColor(words), context.isTty, context.env);
  context.out.write(`${formatGroupHelp(tree, found.path, { style, width: context.width })}\n`);
  return EXIT.ok;
}

function showCommandHelp(entry: CommandEntry, command: AnyCommand, context: CliContext): number {
  const style = createStyle('auto', context.isTty, context.env);
  context.out.write(`${formatCommandHelp(entry, command, { style, width: context.width })}\n`);
  return EXIT.ok;
}

function looseColor(argv: readonly string[]): ColorMode {
  const at = argv.findIndex((word) => word === '--color' || word.startsWith('--color='));
  const text = at === -1 ? '' : (argv[at]!.split('=')[1] ?? argv[at + 1] ?? '');
  return text === 'always' || text === 'never' ? text : 'auto';
}

function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  if (thrown === signal.reason) return true;
  return thrown instanceof Error && (thrown.name === 'AbortError' || thrown.cause === signal.reason);
}
