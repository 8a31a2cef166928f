/** A record without a prototype, for names that users choose: `constructor` must not be found where nobody put it. */
export function emptyRecord<V>(): Record<string, V> {
  return Object.create(null) as Record<string, V>;
}
