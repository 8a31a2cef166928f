/** Look-up tables from a property of objects to their keys. */
import { compareText } from '../names/object-ref.ts';
import { getOrAdd } from './get-or-add.ts';
import type { ShardedMap } from './sharded-map.ts';

/** One object before and after a change; absent where it was or is not there. */
export interface ChangedValue<V> {
  readonly key: string;
  readonly before: V | undefined;
  readonly after: V | undefined;
}

/** What differs between two maps, one of which was made from the other. */
export function changedValues<V>(previous: ShardedMap<V>, next: ShardedMap<V>): readonly ChangedValue<V>[] {
  if (previous === next) return [];
  return next.changedKeys(previous).map((key) => ({ key, before: previous.get(key), after: next.get(key) }));
}

/** The table after some objects changed; the keys of a group are sorted. */
export function updateKeyGroups<V>(
  groups: ShardedMap<readonly string[]>,
  changes: readonly ChangedValue<V>[],
  groupsOf: (value: V) => readonly string[],
): ShardedMap<readonly string[]> {
  const touched = new Map<string, Set<string>>();
  const membersOf = (group: string): Set<string> => getOrAdd(touched, group, () => new Set(groups.get(group)));
  for (const { key, before, after } of changes) {
    const old = before === undefined ? [] : groupsOf(before);
    const now = after === undefined ? [] : groupsOf(after);
    for (const group of old) if (!now.includes(group)) membersOf(group).delete(key);
    for (const group of now) if (!old.includes(group)) membersOf(group).add(key);
  }
  return groups.with(
    Array.from(touched, ([group, members]) => [
      group,
      members.size === 0 ? undefined : Object.freeze([...members].toSorted(compareText)),
    ]),
  );
}
