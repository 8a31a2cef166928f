/** Which objects a generated resource comes from: the way back from what `provenance` wrote. */
import { PROVENANCE_KEY } from '../translate/provenance.ts';

/** An object at the generation that a resource was made from. */
export interface NamedSource {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly generation: number | undefined;
}

/** Resources are frozen or never changed, and shared by many proxies. */
const known = new WeakMap<object, readonly NamedSource[]>();
const NONE: readonly NamedSource[] = Object.freeze([]);

/** The objects behind a resource: those of all its parts, each once. */
export function provenanceIn(resource: object): readonly NamedSource[] {
  const before = known.get(resource);
  if (before !== undefined) return before;
  const found = new Map<string, NamedSource>();
  collect(resource, found);
  const sources = found.size === 0 ? NONE : Object.freeze([...found.values()]);
  known.set(resource, sources);
  return sources;
}

function collect(value: unknown, found: Map<string, NamedSource>): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (key === PROVENANCE_KEY) note(inner, found);
    else collect(inner, found);
  }
}

function note(value: unknown, found: Map<string, NamedSource>): void {
  const { sources } = value as { readonly sources?: readonly Partial<NamedSource>[] };
  for (const { kind = '', namespace = '', name = '', generation } of sources ?? []) {
    found.set(`${kind}/${namespace}/${name}`, { kind, namespace, name, generation });
  }
}
