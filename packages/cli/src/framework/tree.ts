import type { CommandEntry, CommandGroup } from './command.ts';
import { commandName, leadingWords, usage } from './parse.ts';
import { suggest } from './suggest.ts';

/** All commands, to be looked up by their words. */
export interface CommandTree {
  readonly entries: readonly CommandEntry[];
  readonly groups: readonly CommandGroup[];
}

/** Where the words of a command line lead. */
export type Resolution =
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly rest: readonly string[] }
  /** Words that name a group, or none at all. */
  | { readonly kind: 'group'; readonly path: string; readonly rest: readonly string[] };

/** Entries and groups directly below a path; each word once. */
export function childrenOf(
  tree: CommandTree,
  path: string,
): ReadonlyArray<{ readonly word: string; readonly summary: string }> {
  const prefix = path === '' ? '' : `${path} `;
  const children = new Map<string, string>();
  for (const entry of tree.entries) {
    if (!entry.path.startsWith(prefix)) continue;
    const [word = '', ...deeper] = entry.path.slice(prefix.length).split(' ');
    if (deeper.length === 0) children.set(word, entry.summary);
    else if (!children.has(word)) children.set(word, summaryOfGroup(tree, prefix + word));
  }
  return Array.from(children, ([word, summary]) => ({ word, summary }));
}

/** What the registry says of a group. */
export function summaryOfGroup(tree: CommandTree, path: string): string {
  return tree.groups.find((group) => group.path === path)?.summary ?? '';
}

/** The path that a word leads to from another one; a word that some entry has as its alias counts as that entry's. */
export function pathBelow({ entries, groups }: CommandTree, path: string, word: string): string {
  const prefix = path === '' ? '' : `${path} `;
  const isChild = (candidate: string) => candidate.startsWith(prefix) && !candidate.slice(prefix.length).includes(' ');
  const found = [...entries, ...groups].find((one) => one.aliases?.includes(word) === true && isChild(one.path));
  return found?.path ?? `${prefix}${word}`;
}

/** Finds the longest command that the words of a command line name; throws a UserError for an unknown word. */
export function resolveCommand(tree: CommandTree, argv: readonly string[]): Resolution {
  let path = '';
  const used = new Set<number>();
  const rest = () => argv.filter((_, index) => !used.has(index));
  for (const { index, word } of leadingWords(argv)) {
    const next = pathBelow(tree, path, word);
    const entry = tree.entries.find((candidate) => candidate.path === next);
    const isGroup = tree.entries.some((candidate) => candidate.path.startsWith(`${next} `));
    if (entry === undefined && !isGroup) throw unknownCommand(tree, path, word);
    used.add(index);
    if (entry !== undefined) return { kind: 'command', entry, rest: rest() };
    path = next;
  }
  return { kind: 'group', path, rest: rest() };
}

function unknownCommand(tree: CommandTree, path: string, word: string): Error {
  const known = childrenOf(tree, path).map((child) => child.word);
  const nearest = suggest(word, known);
  const hint =
    nearest === undefined ? `see ${commandName(path)} --help` : `did you mean "${commandName(path)} ${nearest}"?`;
  return usage(path, `${commandName(path)} has no command "${word}"`, hint);
}
