import type { Style } from '../output/style.ts';
import type { AnyCommand, CommandEntry } from './command.ts';
import type { FlagSpec } from './flags.ts';
import { argName, commandName } from './parse.ts';
import { type FlagTable, ownFlagsOf, sharedFlagsOf } from './shared-flags.ts';
import { type CommandTree, childrenOf, summaryOfGroup } from './tree.ts';

/** Lines longer than this are hard to read even on a wide terminal. */
const MAX_WIDTH = 100;

/** How help is laid out. */
export interface HelpStyle {
  readonly style: Style;
  readonly width: number;
}

/** Help for a group of commands, or for all of them. */
export function formatGroupHelp(tree: CommandTree, path: string, { style, width }: HelpStyle): string {
  const intro =
    path === '' ? 'weft: a service mesh you can run anywhere' : `${commandName(path)}: ${summaryOfGroup(tree, path)}`;
  const rows = childrenOf(tree, path).map(({ word, summary }) => [word, summary] as const);
  const lines = [intro, '', style.bold('Usage:'), `  ${commandName(path)} COMMAND [flags]`];
  const aliases = tree.groups.find((group) => group.path === path)?.aliases;
  if (aliases !== undefined) lines.push('', style.bold('Aliases:'), `  ${aliases.join(', ')}`);
  lines.push('', style.bold('Commands:'));
  lines.push(...formatPairs(rows, width));
  lines.push('', `Run "${commandName(path)} COMMAND --help" for the flags and examples of a command.`);
  if (path === '') lines.push('Run "weft completion bash|zsh|fish" for completion in your shell.');
  return lines.join('\n');
}

/** Help for one command. */
export function formatCommandHelp(entry: CommandEntry, command: AnyCommand, { style, width }: HelpStyle): string {
  const status = command.status === 'stable' ? '' : ` (${command.status})`;
  const lines = [`${commandName(entry.path)}: ${entry.summary}${status}`, ''];
  for (const paragraph of command.description.split('\n\n')) lines.push(...wrapText(paragraph, width), '');
  lines.push(style.bold('Usage:'), `  ${usageLine(entry.path, command)}`);
  const section = (title: string, rows: ReadonlyArray<readonly [string, string]>) => {
    if (rows.length > 0) lines.push('', style.bold(title), ...formatPairs(rows, width));
  };
  if (entry.aliases !== undefined) lines.push('', style.bold('Aliases:'), `  ${entry.aliases.join(', ')}`);
  section('Arguments:', argRows(command));
  section('Flags:', flagRows(ownFlagsOf(command)));
  section('Common flags:', flagRows(sharedFlagsOf(command)));
  lines.push('', style.bold('Examples:'));
  for (const [index, example] of command.examples.entries()) {
    if (index > 0) lines.push('');
    lines.push(style.dim(`  # ${example.title}`), `  ${example.command}`);
  }
  return lines.join('\n');
}

function usageLine(path: string, command: AnyCommand): string {
  const parts = [commandName(path)];
  for (const [key, spec] of Object.entries(command.args ?? {})) {
    const name = spec.isVariadic ? `${argName(key)}…` : argName(key);
    parts.push(spec.isRequired ? name : `[${name}]`);
  }
  for (const [name, spec] of ownFlagsOf(command))
    if (spec.isRequired) parts.push(`--${name} ${spec.placeholder ?? ''}`.trimEnd());
  parts.push('[flags]');
  if (command.passthrough !== undefined) parts.push(`-- ${command.passthrough}`);
  return parts.join(' ');
}

function argRows(command: AnyCommand): Array<readonly [string, string]> {
  return Object.entries(command.args ?? {}).map(([key, spec]) => [argName(key), spec.description] as const);
}

function flagRows(table: FlagTable): Array<readonly [string, string]> {
  return Array.from(table, ([name, spec]) => [flagLabel(name, spec), flagText(spec)] as const);
}

function flagLabel(name: string, spec: FlagSpec<unknown>): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
  return `${short}--${name}${spec.placeholder === undefined ? '' : ` ${spec.placeholder}`}`;
}

function flagText(spec: FlagSpec<unknown>): string {
  const notes: string[] = [];
  if (spec.isRequired) notes.push('required');
  if (spec.isRepeatable) notes.push('may be repeated');
  if (Array.isArray(spec.completion) && !spec.placeholder?.includes('|'))
    notes.push(`one of ${spec.completion.join(', ')}`);
  if (spec.fallbackText !== undefined) notes.push(`default ${spec.fallbackText}`);
  return notes.length === 0 ? spec.description : `${spec.description} (${notes.join('; ')})`;
}

/** Two columns; the second wraps under itself. */
function formatPairs(rows: ReadonlyArray<readonly [string, string]>, width: number): string[] {
  const left = Math.max(0, ...rows.map(([label]) => label.length)) + 2;
  return rows.flatMap(([label, text]) => {
    const [first = '', ...more] = wrapText(text, Math.max(30, Math.min(width, MAX_WIDTH) - left - 2));
    return [`  ${label.padEnd(left)}${first}`.trimEnd(), ...more.map((line) => `${' '.repeat(left + 2)}${line}`)];
  });
}

/** Breaks text at spaces; words longer than the width stay whole. */
export function wrapText(text: string, width: number): string[] {
  const limit = Math.min(width, MAX_WIDTH);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > limit) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines;
}
