import type { RegexLimits } from '../match/regex.ts';
import type { Problems } from './problems.ts';

/** A message that says its type. */
export interface TypedMessage {
  readonly $typeName: string;
}

/** The generated form of google.protobuf.Any. */
export interface AnyMessage {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** What every compile function of one resource shares. */
export interface CompileContext {
  readonly problems: Problems;
  /** Bounds of regular expressions, from the runtime layer of the bootstrap. */
  readonly regexLimits: RegexLimits | undefined;
  /**
   * The message inside an Any; a `TypedStruct` inside is unwrapped. Undefined, with a problem reported at `path`, when the type is not known or
   * the bytes are not valid.
   */
  unpack(any: AnyMessage, path: string): TypedMessage | undefined;
}
