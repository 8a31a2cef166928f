import type { CompileContext, TypedMessage } from '../compile/context.ts';
import { type ExtensionMessage, unpackExtension } from '../route/extension.ts';
import type { MatchView } from '../view/match-view.ts';

/** What a predicate or a tree looks at. */
export interface MatchInput {
  /** Undefined where there is no such thing: then no test of the value holds. */
  read(view: MatchView): string | undefined;
  /** In words: `header x-tier`. */
  describe(): string;
  /** Whether its values are as on the wire, with one character for each byte: then what they are compared with has to be so too. */
  readonly isWire: boolean;
}

/** One kind of input. */
export interface MatchInputCompiler {
  /** The name that Envoy's documentation has for it. */
  readonly name: string;
  readonly typeName: string;
  compile(message: TypedMessage): MatchInput;
}

/** Compiles an input, which must be one of those that the place has; undefined when there was a problem. */
export function compileInput(
  extension: ExtensionMessage,
  inputs: readonly MatchInputCompiler[],
  path: string,
  context: CompileContext,
): MatchInput | undefined {
  const names = inputs.map(({ typeName }) => typeName);
  const message = unpackExtension<TypedMessage>(extension, path, context, names);
  return message && inputs.find(({ typeName }) => typeName === message.$typeName)?.compile(message);
}

/** Makes an input. */
export function createInput(
  text: string,
  read: (view: MatchView) => string | undefined,
  isWire: boolean = false,
): MatchInput {
  return { read, describe: () => text, isWire };
}
