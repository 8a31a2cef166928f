import { enumSchema } from '@weft/proto/lite';
import type { FieldSupport } from '../compile/support.ts';
import { isEnumSupport, type Support } from '../compile/support-enum.ts';

/** Support tables, to be looked up by the walk over a message. */
export interface SupportIndex {
  /** Undefined for a message that has no table. */
  fieldsOf(typeName: string): ReadonlyMap<string, FieldSupport> | undefined;
  /** By the value's number; undefined for an enum of which everything is supported. */
  valuesOf(typeName: string): ReadonlyMap<number, FieldSupport> | undefined;
}

/** Makes an index; a message that has two tables is a bug. */
export function indexSupport(tables: readonly Support[]): SupportIndex {
  const messages = new Map<string, ReadonlyMap<string, FieldSupport>>();
  /** The numbers of values are looked up when an enum is first met, for most never are. */
  const enums = new Map<string, ReadonlyMap<string, FieldSupport>>();
  const byNumber = new Map<string, ReadonlyMap<number, FieldSupport>>();
  for (const table of tables) {
    if (messages.has(table.typeName) || enums.has(table.typeName)) {
      throw new Error(`two support tables for ${table.typeName}`);
    }
    if (isEnumSupport(table)) enums.set(table.typeName, table.values);
    else messages.set(table.typeName, table.fields);
  }
  return {
    fieldsOf: (typeName) => messages.get(typeName),
    valuesOf: (typeName) => {
      const values = enums.get(typeName);
      if (values === undefined) return undefined;
      const known = byNumber.get(typeName) ?? numbered(typeName, values);
      byNumber.set(typeName, known);
      return known;
    },
  };
}

/** The generated code leaves out a prefix that all values share, the schema does not. */
function numbered(typeName: string, values: ReadonlyMap<string, FieldSupport>): ReadonlyMap<number, FieldSupport> {
  const numbers = new Map<number, FieldSupport>();
  for (const { number, name } of enumSchema(typeName).values) {
    const own = values.get(name) ?? [...values].find(([short]) => name.endsWith(`_${short}`))?.[1];
    if (own === undefined) throw new Error(`the support table of ${typeName} lacks ${name}`);
    numbers.set(number, own);
  }
  return numbers;
}
