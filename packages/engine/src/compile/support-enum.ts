import type { FieldSupport, MessageSupport } from './support.ts';

/** The table of one enum: the name of a value as in the .proto file -> support. */
export interface EnumSupport {
  readonly typeName: string;
  readonly values: ReadonlyMap<string, FieldSupport>;
}

/** A table of either kind. */
export type Support = MessageSupport | EnumSupport;

/** Declares which values of an enum are supported, where that is not all of them; E is `typeof` the generated enum. */
export function supportsEnum<E extends object>(
  typeName: string,
  table: { readonly [K in keyof E & string]: FieldSupport },
): EnumSupport {
  return { typeName, values: new Map(Object.entries<FieldSupport>(table)) };
}

/** Tells the two kinds of tables apart. */
export function isEnumSupport(support: Support): support is EnumSupport {
  return 'values' in support;
}
