/** What places of a configuration offer to patches, and what they are given. */
import type { MeshProxy } from '../../mesh/index.ts';
import type { ProxyResources } from '../resources.ts';
import { canonical, type MessageJson } from './merge-json.ts';
import type { Patch } from './patch.ts';
import { type ListPatch, patchList } from './patch-list.ts';

/** A patch with its value in canonical form. */
export interface ReadyPatch extends Patch {
  readonly json: MessageJson;
}

/** Everything that a patch changes copies of. */
export interface PatchWork {
  readonly patch: ReadyPatch;
  readonly proxy: MeshProxy;
  /**
   * A resource after the change, or as it was when the change makes it invalid, which is reported. A change that returns what it was given
   * changes nothing.
   */
  readonly edit: <T extends object>(typeName: string, resource: T, change: (json: MessageJson) => MessageJson) => T;
}

/** A kind of things that patches name by `applyTo`. */
export interface PatchPlace {
  readonly applyTo: Patch['applyTo'];
  /** The type of the value. */
  readonly typeName: string;
  readonly operations: readonly Patch['operation'][];
  /** Resources that the patch does not change stay the same objects. */
  apply(resources: ProxyResources, work: PatchWork): ProxyResources;
}

/** What something is added to. One object, so that what becomes of it is shared, too. */
const NOTHING: MessageJson = Object.freeze({});

/** Operations on things whose order has no meaning. */
export const UNORDERED: readonly Patch['operation'][] = ['ADD', 'MERGE', 'REMOVE'];
/** Operations on things that stand in a row. */
export const ORDERED: readonly Patch['operation'][] = [...UNORDERED, 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST'];

/** The list with each item changed; the same list when none was. */
export function mapSame<T>(items: readonly T[], change: (item: T) => T): readonly T[] {
  const changed = items.map(change);
  return changed.some((item, i) => item !== items[i]) ? changed : items;
}

/** The object with another value in one place; the same object when it is the same value. */
export function withField(json: MessageJson, name: string, value: unknown): MessageJson {
  return json[name] === value ? json : { ...json, [name]: value as MessageJson };
}

/** The list in a field; empty without. */
export function listIn(json: MessageJson, name: string): readonly MessageJson[] {
  return (json[name] ?? []) as readonly MessageJson[];
}

/** What most places say of a row that a patch is applied to. */
export function rowPatch(
  { operation, json }: ReadyPatch,
  typeName: string,
  target: Pick<ListPatch, 'isNamed' | 'isTarget' | 'addAt'>,
): ListPatch {
  const prepare = (item: MessageJson): MessageJson => {
    const outcome = canonical(typeName, item);
    return outcome.kind === 'ok' ? outcome.value : item;
  };
  return { operation, typeName, value: json, prepare, ...target };
}

/** Resources after a patch that adds one, or removes or merges into those that it is for; the same list when it changes nothing. */
export function patchResources<T extends object>(
  resources: readonly T[],
  typeName: string,
  { patch, edit }: PatchWork,
  isTarget: (resource: T) => boolean,
): readonly T[] {
  if (patch.operation === 'ADD') {
    const nothing = NOTHING as T;
    const added = edit(typeName, nothing, () => patch.json);
    return added === nothing ? resources : [...resources, added];
  }
  if (patch.operation === 'REMOVE') {
    const kept = resources.filter((resource) => !isTarget(resource));
    return kept.length === resources.length ? resources : kept;
  }
  const row = rowPatch(patch, typeName, { isNamed: false, isTarget: () => true });
  const merge = (json: MessageJson): MessageJson => patchList([json], row)[0]!;
  return mapSame(resources, (resource) => (isTarget(resource) ? edit(typeName, resource, merge) : resource));
}
