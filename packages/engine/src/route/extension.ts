import type { AnyMessage, CompileContext, TypedMessage } from '../compile/context.ts';
import { isMissing } from '../compile/matchers/outcome.ts';

/** The generated form of TypedExtensionConfig, of Envoy's and of xDS's own. */
export interface ExtensionMessage {
  readonly name: string;
  readonly typedConfig?: AnyMessage | undefined;
}

/** The message of an extension that must be one of the given types; undefined with a problem reported otherwise. */
export function unpackExtension<M extends TypedMessage>(
  extension: ExtensionMessage,
  path: string,
  context: CompileContext,
  typeNames: readonly M['$typeName'][],
): M | undefined {
  if (extension.typedConfig === undefined) return isMissing(path, 'typed_config', context);
  const message = context.unpack(extension.typedConfig, `${path}.typed_config`);
  if (message === undefined) return undefined;
  if (isOneOf<M>(message, typeNames)) return message;
  const supported = typeNames.join(', ');
  context.problems.add(path, `extension ${message.$typeName} is not supported here; supported: ${supported}`);
  return undefined;
}

function isOneOf<M extends TypedMessage>(message: TypedMessage, names: readonly string[]): message is M {
  return names.includes(message.$typeName);
}
