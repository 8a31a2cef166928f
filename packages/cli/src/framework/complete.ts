import { parseArgs } from 'node:util';
import type { AnyCommand } from './command.ts';
import type { Completion, FlagSpec } from './flags.ts';
import { leadingWords } from './parse.ts';
import { allFlagsOf, type FlagTable, LEADING_FLAGS } from './shared-flags.ts';
import { type CommandTree, childrenOf, pathBelow } from './tree.ts';

/** One thing that may be typed next. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What a shell offers: candidates, and whether it should add names of files or folders. */
export interface CompletionAnswer {
  readonly candidates: readonly Candidate[];
  readonly paths: 'none' | 'file' | 'directory';
}

/** Completes the last of the words behind `weft`, which may be empty; never throws for a half-typed line. */
export async function complete(tree: CommandTree, words: readonly string[]): Promise<CompletionAnswer> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const { path, command, args } = await locate(tree, before);
  const flags = command === undefined ? LEADING_FLAGS : allFlagsOf(command);
  if (before.includes('--')) return answer([], 'none');

  const pending = pendingFlag(before, flags);
  if (pending !== undefined) return completeValue(pending.completion, current, '');
  const inline = /^(--[\w-]+)=(.*)$/s.exec(current);
  if (inline !== null) {
    const spec = flags.get(inline[1]!.slice(2));
    return spec === undefined ? answer([], 'none') : completeValue(spec.completion, inline[2]!, `${inline[1]}=`);
  }
  if (current.startsWith('-')) return answer(completeFlags(flags, current), 'none');
  if (command === undefined) return answer(completeWords(tree, path, current), 'none');
  const specs = Object.values(command.args ?? {});
  const spec = specs[args] ?? (specs.at(-1)?.isVariadic === true ? specs.at(-1) : undefined);
  return spec === undefined ? answer([], 'none') : completeValue(spec.completion, current, '');
}

interface Located {
  readonly path: string;
  readonly command: AnyCommand | undefined;
  /** Number of positional arguments already given. */
  readonly args: number;
}

async function locate(tree: CommandTree, before: readonly string[]): Promise<Located> {
  let path = '';
  const words = leadingWords(before);
  for (const [used, { word }] of words.entries()) {
    if (path === '' && word === 'help') continue;
    const next = pathBelow(tree, path, word);
    const entry = tree.entries.find((candidate) => candidate.path === next);
    if (entry !== undefined) {
      const { default: command } = await entry.load();
      return { path: next, command, args: countArgs(before, command) - used - 1 };
    }
    if (!tree.entries.some((candidate) => candidate.path.startsWith(`${next} `))) break;
    path = next;
  }
  return { path, command: undefined, args: 0 };
}

function countArgs(before: readonly string[], command: AnyCommand): number {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple: true }> = {};
  for (const [name, spec] of allFlagsOf(command)) {
    options[name] = { type: spec.placeholder === undefined ? 'boolean' : 'string', multiple: true };
    if (spec.short !== undefined) options[name].short = spec.short;
  }
  return parseArgs({ args: [...before], options, strict: false, allowPositionals: true }).positionals.length;
}

/** The flag that waits for the current word as its value. */
function pendingFlag(before: readonly string[], flags: FlagTable): FlagSpec<unknown> | undefined {
  const last = before.at(-1) ?? '';
  const spec = last.startsWith('--')
    ? flags.get(last.slice(2))
    : /^-[^-]$/.test(last)
      ? [...flags.values()].find((flag) => flag.short === last.slice(1))
      : undefined;
  return spec?.placeholder === undefined ? undefined : spec;
}

function completeFlags(flags: FlagTable, current: string): Candidate[] {
  return Array.from(flags, ([name, spec]) => ({ value: `--${name}`, description: spec.description })).filter(
    ({ value }) => value.startsWith(current),
  );
}

function completeWords(tree: CommandTree, path: string, current: string): Candidate[] {
  const children = childrenOf(tree, path).map(({ word, summary }) => ({ value: word, description: summary }));
  const all = path === '' ? [...children, { value: 'help', description: 'show help for a command' }] : children;
  return all.filter(({ value }) => value.startsWith(current));
}

async function completeValue(completion: Completion, current: string, prefix: string): Promise<CompletionAnswer> {
  if (completion === 'none') return answer([], 'none');
  if (completion === 'file' || completion === 'directory') return answer([], completion);
  const values = typeof completion === 'function' ? await completion(current) : completion;
  const fitting = values.filter((value) => value.startsWith(current));
  return answer(
    fitting.map((value) => ({ value: prefix + value })),
    'none',
  );
}

function answer(candidates: readonly Candidate[], paths: CompletionAnswer['paths']): CompletionAnswer {
  return { candidates, paths };
}
