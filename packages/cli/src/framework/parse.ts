import { parseArgs } from 'node:util';
import { UserError } from '@weft/core';
import type { AnyCommand } from './command.ts';
import type { ReadContext } from './flags.ts';
import { allFlagsOf, type FlagTable, flagName, LEADING_FLAGS } from './shared-flags.ts';
import { suggest } from './suggest.ts';

/** One piece of a command line, as node:util splits it. */
type ArgToken =
  | {
      readonly kind: 'option';
      readonly index: number;
      readonly name: string;
      readonly rawName: string;
      readonly value: string | undefined;
      readonly inlineValue: boolean | undefined;
    }
  | { readonly kind: 'positional'; readonly index: number; readonly value: string }
  | { readonly kind: 'option-terminator'; readonly index: number };

/** Values of a command line, by the keys of the command's declarations. */
export interface ParsedArgs {
  /** Arguments and own flags. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Shared and global flags. */
  readonly shared: Readonly<Record<string, unknown>>;
  readonly passthrough: readonly string[];
}

/** Splits a command line with the given flags; unknown flags come out as flags without a value. */
function split(argv: readonly string[], flags: FlagTable): readonly ArgToken[] {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string; multiple: true }> = {};
  for (const [name, spec] of flags) {
    const type = spec.placeholder === undefined ? 'boolean' : 'string';
    options[camelCase(name)] = { type, multiple: true };
    options[name] = { type, multiple: true };
    if (spec.short !== undefined) options[name].short = spec.short;
  }
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  return tokens.map((token) => {
    if (token.kind !== 'option' || flags.has(token.name) || !flags.has(flagName(token.name))) return token;
    return { ...token, name: flagName(token.name) };
  });
}

/** The name as istioctl writes it, which scripts that people have use: `--meshConfigFile` is `--mesh-config-file`. */
function camelCase(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The positions in a command line of the words before any `--` and before the first unknown flag. */
export function leadingWords(
  argv: readonly string[],
): ReadonlyArray<{ readonly index: number; readonly word: string }> {
  const words: Array<{ index: number; word: string }> = [];
  for (const token of split(argv, LEADING_FLAGS)) {
    if (token.kind === 'option-terminator') break;
    if (token.kind === 'option' && !LEADING_FLAGS.has(token.name)) break;
    if (token.kind === 'positional') words.push({ index: token.index, word: token.value });
  }
  return words;
}

/** True if help was asked for, wherever it stands before `--`; never fails. */
export function wantsHelp(argv: readonly string[], flags: FlagTable = LEADING_FLAGS): boolean {
  for (const token of split(argv, flags)) {
    if (token.kind === 'option-terminator') return false;
    if (token.kind === 'option' && token.name === 'help' && token.value !== 'false') return true;
  }
  return false;
}

/** Reads a command line without the command's own words; throws a UserError that names the offending part. */
export function parseCommandLine(
  path: string,
  command: AnyCommand,
  argv: readonly string[],
  context: ReadContext,
): ParsedArgs {
  const table = allFlagsOf(command);
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  let passthrough: string[] = [];
  for (const token of split(argv, table)) {
    if (token.kind === 'option') {
      const texts = given.get(token.name) ?? [];
      given.set(token.name, [...texts, readToken(path, table, token)]);
    } else if (token.kind === 'positional') positionals.push(token.value);
    else if (command.passthrough !== undefined) {
      passthrough = argv.slice(token.index + 1);
      break;
    }
  }
  const read = (flags: FlagTable) => readFlags(path, flags, given, context);
  const own = new Map(Object.entries(command.flags ?? {}));
  const ownTable = new Map([...own].map(([key, spec]) => [flagName(key), spec] as const));
  const sharedTable = new Map([...table].filter(([name]) => !ownTable.has(name)));
  const ownValues = read(ownTable);
  const values = {
    ...readArgs(path, command, positionals),
    ...Object.fromEntries([...own.keys()].map((key) => [key, ownValues[flagName(key)]])),
  };
  return { values, shared: read(sharedTable), passthrough };
}

function readToken(path: string, table: FlagTable, token: Extract<ArgToken, { kind: 'option' }>): string {
  const { name, rawName, value } = token;
  const spec = table.get(name);
  if (spec === undefined) throw unknownFlag(path, rawName, table);
  if (spec.placeholder === undefined) return value ?? 'true';
  if (value === undefined) throw usage(path, `${rawName} needs a value: ${rawName} ${spec.placeholder}`);
  // `--listen --state x` forgot a value; a lone dash and a negative number are values.
  if (token.inlineValue === false && /^-(?!$|\d)/.test(value)) {
    throw usage(
      path,
      `${rawName} needs a value, but is followed by ${value}`,
      `write ${rawName}=${value} if that is the value`,
    );
  }
  return value;
}

function unknownFlag(path: string, rawName: string, table: FlagTable): UserError {
  const known = rawName.startsWith('--')
    ? [...table.keys()].map((name) => `--${name}`)
    : [...table.values()].flatMap((spec) => (spec.short === undefined ? [] : [`-${spec.short}`]));
  const nearest = rawName.startsWith('--') ? suggest(rawName, known) : undefined;
  const message = `${commandName(path)} has no flag ${rawName}`;
  return usage(path, message, nearest === undefined ? undefined : `did you mean ${nearest}?`);
}

function readFlags(
  path: string,
  flags: FlagTable,
  given: ReadonlyMap<string, readonly string[]>,
  context: ReadContext,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of flags) {
    const texts = given.get(name);
    if (texts === undefined) {
      if (spec.isRequired) throw usage(path, `--${name} is required: ${spec.description}`);
      values[name] = spec.fallback;
      continue;
    }
    const result = spec.read(texts, context);
    if (result.kind === 'err') throw usage(path, `--${name}: ${result.error}, got ${JSON.stringify(texts.at(-1))}`);
    values[name] = result.value;
  }
  return values;
}

function readArgs(path: string, command: AnyCommand, positionals: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let next = 0;
  for (const [key, spec] of Object.entries(command.args ?? {})) {
    if (spec.isVariadic) {
      values[key] = positionals.slice(next);
      next = positionals.length;
      continue;
    }
    const value = positionals[next];
    if (value === undefined && spec.isRequired) throw usage(path, `${argName(key)} is missing: ${spec.description}`);
    values[key] = value;
    next++;
  }
  if (next < positionals.length) {
    throw usage(path, `${commandName(path)} does not take the argument ${JSON.stringify(positionals[next])}`);
  }
  return values;
}

/** How help and errors call an argument: `kubeField` is `KUBE-FIELD`. */
export function argName(key: string): string {
  return flagName(key).toUpperCase();
}

/** `weft version` for `version`, `weft` for the root. */
export function commandName(path: string): string {
  return path === '' ? 'weft' : `weft ${path}`;
}

/** A mistake on the command line; without a better hint it points to the help. */
export function usage(path: string, message: string, hint?: string): UserError {
  return new UserError(message, { hint: hint ?? `see ${commandName(path)} --help` });
}
