/**
 * The head of a message as everything above the codecs sees it. A head that came in by HTTP/1 is its bytes with a table of offsets; one from
 * HTTP/2 is a list of interned fields. Both keep what they came from, so that an unchanged field leaves in the form in which it arrived; changes
 * are collected on the side and read back by `get`.
 */
import type { RequestView, ResponseView } from '@weft/engine';
import type { NameSet } from './name-set.ts';

/** A list of fields that can be read and changed. Names are in lower case; values are latin1 strings. */
export interface FieldList {
  /** The values of a field joined by `,` (`cookie` by `; `), or undefined. A request's list knows its pseudo-headers too. */
  get(name: string): string | undefined;
  has(name: string): boolean;
  /** Whether the name of any field begins so: one look at every name instead of a look-up for each of a family of names. */
  hasPrefix(prefix: string): boolean;
  /** Whether there is a field with one of these names. */
  hasAnyOf(names: NameSet): boolean;
  /** Removes every field with one of these names. */
  removeAnyOf(names: NameSet): void;
  /** The values of a field that is there more than once, in order; undefined for any other. */
  repeated(name: string): readonly string[] | undefined;
  /** Replaces every field of this name by one. */
  set(name: string, value: string): void;
  /** Adds a field behind the others. */
  add(name: string, value: string): void;
  remove(name: string): void;
  /** The same by KnownHeader's ids, which spare the fields of every request the look-up of their names. */
  getKnown(id: number): string | undefined;
  hasKnown(id: number): boolean;
  setKnown(id: number, value: string): void;
  addKnown(id: number, value: string): void;
  removeKnown(id: number): void;
  /** addKnown with a value of printable ASCII. */
  addBytes(id: number, bytes: Uint8Array, start: number, end: number): void;
  /** Each field in order, changes applied, without pseudo-headers; `id` is that of KnownHeader where the list has it at hand, else 0. */
  forEach(visit: (name: string, value: string, id: number) => void): void;
  /** How many fields there are, pseudo-headers not counted. */
  readonly fieldCount: number;
  /** Bytes of names and values (with 4 for `: ` and CRLF each), as header byte counts report them. */
  readonly byteSize: number;
  /** Makes the list independent of the bytes it came from; must be called before the callback that brought it returns, if it is to be kept. */
  retain(): void;
  /** Nobody uses the list any more: its memory may serve another message. To be called at most once, and only on a retained list. */
  release(): void;
}

/** The head of a request. */
export interface RequestHead extends FieldList, RequestView {
  repeated(name: string): readonly string[] | undefined;
  method: string;
  path: string;
  authority: string;
  scheme: string;
  /** `:protocol` of an extended CONNECT, or the protocol an HTTP/1 upgrade asks for; empty without one. */
  protocol: string;
}

/** The head of a response, final or informational. */
export interface ResponseHead extends FieldList, ResponseView {
  repeated(name: string): readonly string[] | undefined;
  status: number;
}
