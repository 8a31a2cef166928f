import { err, ok } from '@weft/core';
import { asciiLower } from './ascii.ts';
import type { Compiled, CompileError } from './compile-error.ts';

/** The server names of a filter chain; an empty list accepts every name and none. */
export interface ServerNamesEntry<T> {
  /** `foo.com` or `*.foo.com`. */
  readonly names: readonly string[];
  readonly value: T;
  /** The filter chain, for errors. */
  readonly owner: string;
}

/** Server names in Envoy's order: exact, the longest wildcard, no condition. */
export interface ServerNames<T> {
  /** The value for a name from TLS; an empty text stands for a connection without one. */
  find(serverName: string): T | undefined;
}

/** Compiles the server names of several chains; a name that appears twice is an error that names both owners. */
export function compileServerNames<T>(entries: readonly ServerNamesEntry<T>[], path: string): Compiled<ServerNames<T>> {
  const errors: CompileError[] = [];
  /** Name, `.suffix` for a wildcard, or empty for no condition -> its chain. */
  const byName = new Map<string, ServerNamesEntry<T>>();
  entries.forEach((entry, i) => {
    const names = entry.names.length === 0 ? [''] : entry.names;
    names.forEach((name, j) => {
      const key = keyOf(name, entry.names.length === 0);
      const reason = key === undefined ? nameProblem(name) : duplicateProblem(name, entry, byName.get(key));
      if (reason !== undefined) errors.push({ path: `${path}[${i}].server_names[${j}]`, reason });
      else if (key !== undefined) byName.set(key, entry);
    });
  });
  return errors.length > 0 ? err(errors) : ok({ find: (serverName) => findChain(byName, serverName)?.value });
}

function keyOf(name: string, hasNoCondition: boolean): string | undefined {
  if (hasNoCondition) return '';
  const key = asciiLower(name.startsWith('*.') ? name.slice(1) : name);
  return key === '' || key === '.' || key.includes('*') || (key.startsWith('.') && !name.startsWith('*'))
    ? undefined
    : key;
}

function nameProblem(name: string): string {
  return `server name ${JSON.stringify(name)} must be a name or *. and a name: partial wildcards are not supported`;
}

function duplicateProblem<T>(
  name: string,
  entry: ServerNamesEntry<T>,
  first: ServerNamesEntry<T> | undefined,
): string | undefined {
  if (first === undefined) return undefined;
  const what = name === '' ? 'a chain without server names' : `server name ${JSON.stringify(name)}`;
  return `${what} of ${entry.owner} is already used by ${first.owner}`;
}

/** A wildcard holds any number of labels, and the one with the most labels wins. */
function findChain<T>(
  byName: ReadonlyMap<string, ServerNamesEntry<T>>,
  serverName: string,
): ServerNamesEntry<T> | undefined {
  const name = asciiLower(serverName);
  if (name !== '' && name.charCodeAt(0) !== 0x2e) {
    const exact = byName.get(name);
    if (exact !== undefined) return exact;
    for (let dot = name.indexOf('.'); dot !== -1 && dot < name.length - 1; dot = name.indexOf('.', dot + 1)) {
      const found = byName.get(name.slice(dot));
      if (found !== undefined) return found;
    }
  }
  return byName.get('');
}
