import { MeshError } from './errors.ts';
import { err, ok, type Result } from './result.ts';

/** How much a logger writes, from everything to nothing. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error' | 'none';

/** The level of a single message. */
export type MessageLevel = Exclude<LogLevel, 'none'>;

/** Orders the levels: a message is written when its rank is at least its component's. */
export const LEVEL_RANK: Readonly<Record<LogLevel, number>> = Object.freeze({
  debug: 10,
  info: 20,
  warning: 30,
  error: 40,
  none: 50,
});

const DEFAULT_LEVEL: LogLevel = 'info';
const COMPONENT = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const MAX_COMPONENTS = 256;

/** Which component writes how much; loggers share one, so a change takes effect at once everywhere. */
export class LogLevels {
  #fallback: LogLevel = DEFAULT_LEVEL;
  /** Component name to level; written only by `setLevel`. */
  #byComponent: ReadonlyMap<string, LogLevel> = new Map();
  #version = 0;

  constructor(spec?: string) {
    if (spec !== undefined) this.setLevel(spec);
  }

  /** Grows with every change, so that loggers can remember their own level. */
  get version(): number {
    return this.#version;
  }

  /** The level of a component: its own, that of the nearest parent (`kube` for `kube.watch`), or the one of `*`. */
  levelOf(component: string): LogLevel {
    for (let name = component; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
      const level = this.#byComponent.get(name);
      if (level !== undefined) return level;
    }
    return this.#fallback;
  }

  /** Replaces the levels by those of a specification such as `debug` or `kube:debug,*:warning`; throws when it is wrong. */
  setLevel(spec: string): void {
    const parsed = parseLogLevels(spec);
    if (parsed.kind === 'err') throw parsed.error;
    const levels = new Map(parsed.value);
    this.#fallback = levels.get('*') ?? DEFAULT_LEVEL;
    levels.delete('*');
    this.#byComponent = levels;
    this.#version += 1;
  }

  /** The specification that `setLevel` would need to get here. */
  toString(): string {
    return [...this.#byComponent, ['*', this.#fallback]].map(([name, level]) => `${name}:${level}`).join(',');
  }
}

/** Reads a level specification into component and level pairs; the component `*` stands for all others. */
export function parseLogLevels(spec: string): Result<ReadonlyMap<string, LogLevel>, MeshError> {
  const levels = new Map<string, LogLevel>();
  for (const part of spec.split(',')) {
    const text = part.trim();
    const colon = text.lastIndexOf(':');
    const component = colon < 0 ? '*' : text.slice(0, colon).trim();
    const level = text
      .slice(colon + 1)
      .trim()
      .toLowerCase();
    if (text === '') return refuse(spec, 'a part between commas is empty');
    if (component !== '*' && !COMPONENT.test(component)) {
      return refuse(spec, `"${component.slice(0, 64)}" is not a component name`);
    }
    if (!isLogLevel(level)) return refuse(spec, `"${level.slice(0, 64)}" is not a level`);
    if (levels.has(component)) return refuse(spec, `component "${component}" is given twice`);
    levels.set(component, level);
    if (levels.size > MAX_COMPONENTS) return refuse(spec, `more than ${MAX_COMPONENTS} components`);
  }
  return ok(levels);
}

function isLogLevel(text: string): text is LogLevel {
  return Object.hasOwn(LEVEL_RANK, text);
}

function refuse(spec: string, reason: string): Result<never, MeshError> {
  const shown = spec.length > 100 ? `${spec.slice(0, 100)}…` : spec;
  return err(
    new MeshError('MESH_LOG_LEVEL', `invalid log level "${shown}": ${reason}`, {
      hint: 'levels are debug, info, warning, error and none; example: kube:debug,*:warning',
    }),
  );
}
