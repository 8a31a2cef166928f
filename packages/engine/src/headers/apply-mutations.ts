import type { StreamView } from '../view/stream-view.ts';
import type { HeaderAddition, HeaderMutations } from './header-mutations.ts';

/** A list of header fields that can be changed; names are in lower case. */
export interface HeaderTarget {
  get(name: string): string | undefined;
  /** Replaces every field of the name by one. */
  set(name: string, value: string): void;
  /** Adds a field behind the others. */
  add(name: string, value: string): void;
  remove(name: string): void;
}

/**
 * Applies the changes of several levels, the first level first. As in Envoy, a level first removes, then computes all of its values from the
 * headers as they are after that, then overwrites, then adds: a value never sees another one of the same level.
 */
export function applyHeaderMutations(levels: readonly HeaderMutations[], target: HeaderTarget, view: StreamView): void {
  for (let i = 0; i < levels.length; i += 1) applyHeaderLevel(levels[i]!, target, view);
}

/** As `applyHeaderMutations`, for one level. */
export function applyHeaderLevel(level: HeaderMutations, target: HeaderTarget, view: StreamView): void {
  const { removals, additions } = level;
  for (let i = 0; i < removals.length; i += 1) target.remove(removals[i]!);
  if (additions.length === 0) return;
  if (additions.length === 1) {
    const only = additions[0]!;
    const value = newValue(only, target, view);
    if (value !== undefined) write(only, value, target);
    return;
  }
  const values = additions.map((addition) => newValue(addition, target, view));
  for (let i = 0; i < additions.length; i += 1) {
    if (isOverwrite(additions[i]!) && values[i] !== undefined) write(additions[i]!, values[i]!, target);
  }
  for (let i = 0; i < additions.length; i += 1) {
    if (!isOverwrite(additions[i]!) && values[i] !== undefined) write(additions[i]!, values[i]!, target);
  }
}

/** The value to write, or undefined when nothing is to be written. */
function newValue(addition: HeaderAddition, target: HeaderTarget, view: StreamView): string | undefined {
  const value = addition.text ?? addition.formatter?.format(view) ?? '';
  if (value === '' && !addition.keepsEmptyValue) return undefined;
  if (addition.action === 'addIfAbsent') return target.get(addition.name) === undefined ? value : undefined;
  if (addition.action === 'overwriteIfExists') return target.get(addition.name) === undefined ? undefined : value;
  return value;
}

function isOverwrite({ action }: HeaderAddition): boolean {
  return action === 'overwriteOrAdd' || action === 'overwriteIfExists';
}

function write(addition: HeaderAddition, value: string, target: HeaderTarget): void {
  if (isOverwrite(addition)) target.set(addition.name, value);
  else target.add(addition.name, value);
}
