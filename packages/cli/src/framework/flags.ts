// The kinds of flags and arguments a command can declare. What `run` gets is inferred from these declarations.
import path from 'node:path';
import { err, formatDurationMs, ok, parseDurationMs, type Result } from '@weft/core';

/** What reading a value may depend on. */
export interface ReadContext {
  readonly cwd: string;
}

/** How the shell completes a value. */
export type Completion = 'file' | 'directory' | 'none' | readonly string[] | DynamicCompletion;

/** Candidates that are only known when asked for; errors of it are swallowed by completion, never shown at a prompt. */
export type DynamicCompletion = (prefix: string) => Promise<readonly string[]> | readonly string[];

/** One flag. `T` is what `run` gets. */
export interface FlagSpec<T> {
  readonly description: string;
  /** One letter, for `-x`. */
  readonly short: string | undefined;
  /** What help shows for the value; undefined for a flag without one. */
  readonly placeholder: string | undefined;
  readonly isRepeatable: boolean;
  readonly isRequired: boolean;
  /** What help shows as the default. */
  readonly fallbackText: string | undefined;
  readonly fallback: T;
  readonly completion: Completion;
  /** Turns all values given into one; never called with none. */
  readonly read: (texts: readonly string[], context: ReadContext) => Result<T, string>;
}

/** One positional argument. `T` is what `run` gets. */
export interface ArgSpec<T> {
  readonly description: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
  readonly completion: Completion;
  /** Phantom: carries the type only. */
  readonly type?: T;
}

/** The value types of a set of declarations. */
export type ValuesOf<S> = { readonly [K in keyof S]: S[K] extends FlagSpec<infer T> | ArgSpec<infer T> ? T : never };

interface About {
  readonly description: string;
  readonly short?: string;
  readonly placeholder?: string;
  readonly completion?: Completion;
}

/** A value that may be left out. */
interface Optional<D> extends About {
  readonly default?: D;
  readonly required?: false;
}

/** A value that must be given. */
interface Required extends About {
  readonly required: true;
}

type Given<O, T> = O extends { readonly required: true } | { readonly default: T } ? T : T | undefined;

function single<T, O extends Optional<T> | Required>(
  about: O,
  placeholder: string,
  completion: Completion,
  format: (value: T) => string,
  readOne: (text: string, context: ReadContext) => Result<T, string>,
): FlagSpec<Given<O, T>> {
  const fallback = 'default' in about ? about.default : undefined;
  return {
    description: about.description,
    short: about.short,
    placeholder: about.placeholder ?? placeholder,
    isRepeatable: false,
    isRequired: about.required === true,
    fallbackText: fallback === undefined ? undefined : format(fallback as T),
    fallback: fallback as Given<O, T>,
    completion: about.completion ?? completion,
    // Given twice, the last one counts: an alias or script may be overridden by what follows it.
    read: (texts, context) => readOne(texts.at(-1)!, context) as Result<Given<O, T>, string>,
  };
}

/** The kinds of flags. */
export const flag = {
  /** A text. */
  string<const O extends Optional<string> | Required>(about: O): FlagSpec<Given<O, string>> {
    return single<string, O>(about, 'TEXT', 'none', String, (text) => ok(text));
  },

  /** On or off; off unless given. */
  boolean(about: Pick<About, 'description' | 'short'>): FlagSpec<boolean> {
    return {
      description: about.description,
      short: about.short,
      placeholder: undefined,
      isRepeatable: false,
      isRequired: false,
      fallbackText: undefined,
      fallback: false,
      completion: 'none',
      read: (texts) => readBoolean(texts.at(-1)!),
    };
  },

  /** How often it was given: `-v`, `-vv`. */
  count(about: Pick<About, 'description' | 'short'>): FlagSpec<number> {
    const { read: readOne, ...spec } = flag.boolean(about);
    const read = (texts: readonly string[], context: ReadContext): Result<number, string> => {
      for (const text of texts) {
        const result = readOne([text], context);
        if (result.kind === 'err') return result;
      }
      return ok(texts.filter((text) => text === 'true').length);
    };
    return { ...spec, isRepeatable: true, fallback: 0, read };
  },

  /** A number within bounds; whole unless `fraction` is set. */
  number<
    const O extends (Optional<number> | Required) & {
      readonly min?: number;
      readonly max?: number;
      readonly fraction?: true;
    },
  >(about: O): FlagSpec<Given<O, number>> {
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, fraction } = about;
    return single<number, O>(about, 'N', 'none', String, (text) => readNumber(text, min, max, fraction === true));
  },

  /** A duration such as 300ms, 5s or 1h30m, in milliseconds. */
  durationMs<const O extends Optional<number> | Required>(about: O): FlagSpec<Given<O, number>> {
    return single<number, O>(about, 'DURATION', 'none', formatDurationMs, (text) => {
      const parsed = parseDurationMs(text);
      return parsed.kind === 'ok' && parsed.value >= 0 ? parsed : err('expected a duration such as 300ms, 5s or 1h30m');
    });
  },

  /** One of a few words. */
  choice<const C extends string, const O extends Optional<NoInfer<C>> | Required>(
    choices: readonly C[],
    about: O,
  ): FlagSpec<Given<O, C>> {
    return single<C, O>(about, choices.join('|'), choices, String, (text) => {
      const found = choices.find((choice) => choice === text);
      return found === undefined ? err(`expected one of ${choices.join(', ')}`) : ok(found);
    });
  },

  /** A path, made absolute; `-` stays as it is and means standard input or output. */
  file<const O extends Optional<string> | Required>(about: O): FlagSpec<Given<O, string>> {
    return single<string, O>(about, 'FILE', 'file', String, readPath);
  },

  /** A folder, made absolute. */
  directory<const O extends Optional<string> | Required>(about: O): FlagSpec<Given<O, string>> {
    return single<string, O>(about, 'DIR', 'directory', String, readPath);
  },

  /** A flag that may be given many times, and collects the values of another kind. */
  list<T>(one: FlagSpec<T>): FlagSpec<ReadonlyArray<NonNullable<T>>> {
    const read = (texts: readonly string[], context: ReadContext): Result<ReadonlyArray<NonNullable<T>>, string> => {
      const values: NonNullable<T>[] = [];
      for (const text of texts) {
        const result = one.read([text], context);
        if (result.kind === 'err') return result;
        values.push(result.value as NonNullable<T>);
      }
      return ok(values);
    };
    return { ...one, isRepeatable: true, fallback: [], fallbackText: undefined, read };
  },
} as const;

/** The kinds of positional arguments, in the order in which they are declared. */
export const arg = {
  /** Exactly one. */
  required(description: string, completion: Completion = 'none'): ArgSpec<string> {
    return { description, isRequired: true, isVariadic: false, completion };
  },

  /** One or none. */
  optional(description: string, completion: Completion = 'none'): ArgSpec<string | undefined> {
    return { description, isRequired: false, isVariadic: false, completion };
  },

  /** All that remain, maybe none. */
  rest(description: string, completion: Completion = 'none'): ArgSpec<readonly string[]> {
    return { description, isRequired: false, isVariadic: true, completion };
  },
} as const;

function readBoolean(text: string): Result<boolean, string> {
  if (text === 'true') return ok(true);
  return text === 'false' ? ok(false) : err('expected true or false');
}

function readNumber(text: string, min: number, max: number, fraction: boolean): Result<number, string> {
  const pattern = fraction ? /^[+-]?\d+(?:\.\d+)?$/ : /^[+-]?\d+$/;
  const value = pattern.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return ok(value);
  const bounds = [Number.isFinite(min) ? `from ${min}` : '', Number.isFinite(max) ? `up to ${max}` : ''].filter(
    (part) => part !== '',
  );
  return err(`expected ${[fraction ? 'a number' : 'a whole number', ...bounds].join(' ')}`);
}

function readPath(text: string, { cwd }: ReadContext): Result<string, string> {
  if (text === '') return err('expected a path');
  return ok(text === '-' ? text : path.resolve(cwd, text));
}
