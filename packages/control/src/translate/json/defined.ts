/** The same record without the fields that are undefined: messages say nothing about what is not set. */
export function defined<T extends object>(record: T): T {
  const out: Partial<T> = {};
  for (const key in record) if (record[key] !== undefined) out[key] = record[key];
  return out as T;
}

/** The list, or nothing when it is empty. */
export function filled<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}
