/**
 * Environment variables and feature flags, read once where a program is composed. Everything below gets the frozen result:
 * nothing else in the code looks at the environment, so a test never has to change it.
 */
import { parseDurationMs } from './duration.ts';
import { MeshError } from './errors.ts';
import { err, ok, type Result } from './result.ts';

/** The variables of a process. */
export type EnvSource = Readonly<Record<string, string | undefined>>;

/** One variable: its name, what it means, and how its text becomes a value. */
export interface EnvVariable<T> {
  readonly name: string;
  /** One sentence for the documentation and `--help`. */
  readonly description: string;
  /** The value when the variable is unset or empty. */
  readonly fallback: T;
  /** The values that are accepted, in words. */
  readonly accepts: string;
  readonly read: (text: string) => Result<T, string>;
}

type About<T> = { readonly description: string; readonly fallback: T };

/** A text; empty counts as unset. */
export function envText<T extends string | undefined>(name: string, about: About<T>): EnvVariable<string | T> {
  return { name, ...about, accepts: 'any text', read: (text) => ok(text) };
}

/** A yes or no. */
export function envFlag(name: string, about: About<boolean>): EnvVariable<boolean> {
  return { name, ...about, accepts: 'true or false', read: readFlag };
}

/** A whole number within bounds. */
export function envInteger(
  name: string,
  about: About<number> & { readonly min: number; readonly max: number },
): EnvVariable<number> {
  const { description, fallback, min, max } = about;
  const accepts = `a whole number from ${min} to ${max}`;
  const read = (text: string): Result<number, string> => {
    const value = /^[+-]?[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? ok(value) : err(accepts);
  };
  return { name, description, fallback, accepts, read };
}

/** A duration in milliseconds, written as `300ms`, `5s` or `1h30m`. */
export function envDurationMs(name: string, about: About<number>): EnvVariable<number> {
  const accepts = 'a duration such as 300ms, 5s or 1h30m';
  const read = (text: string): Result<number, string> => {
    const parsed = parseDurationMs(text);
    return parsed.kind === 'ok' && parsed.value >= 0 ? parsed : err(accepts);
  };
  return { name, ...about, accepts, read };
}

/** One of a few words. */
export function envChoice<const T extends string>(
  name: string,
  about: { readonly description: string; readonly choices: readonly T[]; readonly fallback: NoInfer<T> },
): EnvVariable<T> {
  const { description, fallback, choices } = about;
  const accepts = `one of ${choices.join(', ')}`;
  const read = (text: string): Result<T, string> => {
    const choice = choices.find((candidate) => candidate === text);
    return choice === undefined ? err(accepts) : ok(choice);
  };
  return { name, description, fallback, accepts, read };
}

/** What `readEnv` makes of a set of variables. */
export type EnvValues<S> = { readonly [K in keyof S]: S[K] extends EnvVariable<infer T> ? T : never };

/** Reads all variables at once into a frozen object; every one that cannot be read is reported, not only the first. */
export function readEnv<const S extends Readonly<Record<string, EnvVariable<unknown>>>>(
  variables: S,
  env: EnvSource,
): Result<EnvValues<S>, readonly MeshError[]> {
  const values: Record<string, unknown> = {};
  const errors: MeshError[] = [];
  for (const [key, variable] of Object.entries(variables)) {
    const text = env[variable.name]?.trim();
    const read = text === undefined || text === '' ? ok(variable.fallback) : variable.read(text);
    if (read.kind === 'ok') values[key] = read.value;
    else errors.push(refuse(variable.name, text ?? '', variable.accepts));
  }
  return errors.length > 0 ? err(errors) : ok(Object.freeze(values) as EnvValues<S>);
}

/** One switch that a release can turn on or off. */
export interface FeatureDefinition {
  readonly description: string;
  readonly isOnByDefault: boolean;
}

/** The frozen switches of a program. */
export type Features<D> = { readonly [K in keyof D]: boolean };

/**
 * Reads a list such as `decisionTrace,fastEds=false` into the frozen switches; unknown names are refused, because a
 * misspelt switch that silently does nothing costs hours.
 */
export function parseFeatures<const D extends Readonly<Record<string, FeatureDefinition>>>(
  definitions: D,
  list: string,
): Result<Features<D>, readonly MeshError[]> {
  const values = new Map(Object.entries(definitions).map(([name, definition]) => [name, definition.isOnByDefault]));
  const errors: MeshError[] = [];
  for (const part of list.split(',')) {
    if (part.trim() === '') continue;
    const [name = '', text = 'true'] = part.split('=', 2).map((piece) => piece.trim());
    const read = readFlag(text);
    if (!values.has(name)) errors.push(refuse('feature list', name, `one of ${[...values.keys()].join(', ')}`));
    else if (read.kind === 'err') errors.push(refuse(`feature ${name}`, text, read.error));
    else values.set(name, read.value);
  }
  return errors.length > 0 ? err(errors) : ok(Object.freeze(Object.fromEntries(values)) as Features<D>);
}

function readFlag(text: string): Result<boolean, string> {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return ok(true);
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return ok(false);
    default:
      return err('true or false');
  }
}

function refuse(name: string, text: string, accepts: string): MeshError {
  const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return new MeshError('MESH_ENV', `${name} has the value ${JSON.stringify(shown)}`, { hint: `accepted: ${accepts}` });
}
