/**
 * Which fields of which messages the engine understands. Every message that may appear in a resource has a table that names each of its
 * fields: a field is supported, or the table says why not. A set field without support is refused, and the documentation's tables are made
 * from the same data.
 */

/** `true`, or why a set field is refused: what the reader should do instead; or why it may be set though nothing comes of it. */
export type FieldSupport = true | string | WithoutEffect;

/** Why a field is accepted that does nothing here: only where nothing that a user sees depends on it. */
export class WithoutEffect {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** A field that is accepted and does nothing. */
export function withoutEffect(why: string): WithoutEffect {
  return new WithoutEffect(why);
}

/** A table for message type M; the cases of a oneof are listed under its name, as in the message. */
export type SupportOf<M> = {
  readonly [K in Exclude<keyof M, '$typeName' | '$unknown'>]-?: NonNullable<M[K]> extends OneofValue
    ? { readonly [C in CaseOf<NonNullable<M[K]>>]: FieldSupport }
    : FieldSupport;
};

/** The generated form of a oneof. */
interface OneofValue {
  case: string | undefined;
}

type CaseOf<V> = V extends { case: infer C } ? C & string : never;

/** The table of one message as the walk and the documentation read it: member name (camelCase; a oneof's case by its own name) -> support. */
export interface MessageSupport {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, FieldSupport>;
}

/** Declares what is supported of a message. */
export function supports<M extends { readonly $typeName: string }>(
  typeName: M['$typeName'],
  table: SupportOf<M>,
): MessageSupport {
  const fields = new Map<string, FieldSupport>();
  for (const [name, support] of Object.entries<FieldSupport | Readonly<Record<string, FieldSupport>>>(table)) {
    if (typeof support !== 'object' || support instanceof WithoutEffect) fields.set(name, support);
    else for (const [member, own] of Object.entries(support)) fields.set(member, own);
  }
  return { typeName, fields };
}
