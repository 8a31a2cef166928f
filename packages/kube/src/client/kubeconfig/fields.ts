/** Reads fields out of parsed YAML with messages that name file, entry and field, and notes the fields nobody read. */
import { kubeconfigError } from './kubeconfig-error.ts';

/** A mapping in a file. */
export class Fields {
  /** Such as `/home/me/.kube/config: cluster "dev"`. */
  readonly where: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();
  readonly #separator: string;

  constructor(where: string, value: unknown, separator = '.') {
    this.#separator = separator;
    if (value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value))) {
      throw kubeconfigError(where, 'is not a mapping');
    }
    this.where = where;
    this.#values = (value ?? {}) as Readonly<Record<string, unknown>>;
  }

  /** A text; undefined when it is absent or empty, as in Go. */
  text(name: string): string | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw this.error(name, 'is not a text', 'put it in quotes');
    return value;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.error(name, 'is missing');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    if (value === undefined || value === null) return false;
    if (typeof value !== 'boolean') throw this.error(name, 'is neither true nor false');
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.#take(name);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.error(name, 'is not a list');
    return value;
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((value, index) => {
      if (typeof value !== 'string') throw this.error(`${name}[${index}]`, 'is not a text', 'put it in quotes');
      return value;
    });
  }

  /** The mapping below a field; empty when it is absent. `where` names it in messages. */
  fields(name: string, where: string = this.path(name)): Fields {
    return new Fields(where, this.#take(name));
  }

  /** The mappings in a list. */
  each(name: string): readonly Fields[] {
    return this.list(name).map((value, index) => new Fields(this.path(`${name}[${index}]`), value));
  }

  has(name: string): boolean {
    const value = this.#take(name);
    return value !== undefined && value !== null;
  }

  /** Every name in the mapping, in order. */
  names(): readonly string[] {
    return Object.keys(this.#values);
  }

  /** Marks fields that have no meaning for a client. */
  skip(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Fields that nothing asked for: they have no effect. */
  unread(): readonly string[] {
    return this.names()
      .filter((name) => !this.#read.has(name))
      .map((name) => `${this.path(name)} has no effect`);
  }

  error(name: string, problem: string, hint?: string, cause?: unknown): Error {
    return kubeconfigError(this.path(name), problem, hint, cause);
  }

  /** A field with where it stands, for messages. */
  path(name: string): string {
    return `${this.where}${this.#separator}${name}`;
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }
}
