import type { AnyMessage, TypedMessage } from '../compile/context.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import type { ConfigContext } from './config-context.ts';

/** One extension: how its message is compiled. */
export interface ExtensionCompiler<R> {
  /** The name that Envoy's documentation has for it: `envoy.filters.http.router`. */
  readonly name: string;
  /** The type of its message, by which it is found: names in a configuration are free. */
  readonly typeName: string;
  /** The compiled form; undefined when a problem was reported. */
  compile(message: TypedMessage, path: string, context: ConfigContext): R | undefined;
}

/** All extensions that may stand in one kind of place. */
export interface ExtensionCategory<R, C extends ExtensionCompiler<R> = ExtensionCompiler<R>> {
  /** As Envoy names it: `envoy.filters.http`. */
  readonly name: string;
  /** What a reader calls one: `HTTP filter`. */
  readonly what: string;
  readonly supported: readonly C[];
  /** Types that readers may expect and what they do instead, or why not. */
  readonly refused: Readonly<Record<string, string>>;
}

/** The common form of everything that holds an extension. */
export interface ExtensionHolder {
  readonly name: string;
  readonly typedConfig: AnyMessage | undefined;
}

/** A compiled extension. */
export interface CompiledExtension<R> {
  readonly name: string;
  readonly typeName: string;
  readonly config: R;
}

/** Compiles the extension that stands at a place; undefined when there was a problem. */
export function compileExtension<R, C extends ExtensionCompiler<R>>(
  category: ExtensionCategory<R, C>,
  { name, typedConfig }: ExtensionHolder,
  path: string,
  context: ConfigContext,
): CompiledExtension<R> | undefined {
  if (typedConfig === undefined)
    return isMissing(path, `typed_config of ${category.what} ${JSON.stringify(name)}`, context);
  const typeName = context.typeNameIn(typedConfig);
  const compiler = category.supported.find((each) => each.typeName === typeName);
  const at = `${path}.typed_config`;
  if (compiler === undefined) {
    context.problems.add(at, refusal(category, name, typeName));
    return undefined;
  }
  const message = context.unpack(typedConfig, at);
  const config = message && compiler.compile(message, at, context);
  return config === undefined ? undefined : Object.freeze({ name, typeName, config });
}

function refusal<R, C extends ExtensionCompiler<R>>(
  category: ExtensionCategory<R, C>,
  name: string,
  typeName: string,
): string {
  const who = `${category.what} ${JSON.stringify(name)} (${typeName}) is not supported`;
  const why = Object.hasOwn(category.refused, typeName) ? category.refused[typeName] : undefined;
  return why === undefined
    ? `${who}; supported: ${category.supported.map((each) => each.typeName).join(', ')}`
    : `${who}: ${why}`;
}
