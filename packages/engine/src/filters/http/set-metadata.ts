import type { Config, Metadata } from '@weft/proto/envoy/extensions/filters/http/set_metadata/v3/set_metadata';
import type { CompileContext } from '../../compile/context.ts';
import { compileList, isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { HttpFilterCompiler } from '../../http/http-filter.ts';
import type { MetadataSource } from '../../match/metadata-matcher.ts';

const PACKAGE = 'envoy.extensions.filters.http.set_metadata.v3';

/** What is supported of the filter. */
export const SET_METADATA_SUPPORT = [
  supports<Config>(`${PACKAGE}.Config`, { metadataNamespace: true, value: true, metadata: true }),
  supports<Metadata>(`${PACKAGE}.Metadata`, {
    metadataNamespace: true,
    allowOverwrite: true,
    value: true,
    typedValue: 'nothing here reads typed metadata: use value',
  }),
];

/** Counted under `set_metadata.` in the scope of the connection manager. */
export const SET_METADATA_STATS = { counters: ['overwrite_denied'] } as const;

type Struct = Readonly<Record<string, unknown>>;

/** One struct to write. */
export interface SetMetadataRule {
  readonly namespace: string;
  readonly value: Struct;
  /** Whether it is merged into what the namespace has, or gives way. */
  readonly allowsOverwrite: boolean;
}

/** A compiled filter. */
export interface SetMetadataRuntime {
  readonly rules: readonly SetMetadataRule[];
}

/** Writes fixed values into the metadata of requests. */
export const SET_METADATA_FILTER: HttpFilterCompiler = {
  name: 'envoy.filters.http.set_metadata',
  typeName: `${PACKAGE}.Config`,
  compile: (message, path, context) => compileConfig(message as Config, path, context),
};

function compileConfig(message: Config, path: string, context: CompileContext): SetMetadataRuntime | undefined {
  const { metadataNamespace: namespace, value } = message;
  const rules = compileList(message.metadata, `${path}.metadata`, (each, at) => compileRule(each, at, context));
  if (value !== undefined && namespace === '') return isMissing(path, 'metadata_namespace', context);
  // The deprecated fields come first, and always merge.
  const first: readonly SetMetadataRule[] = value === undefined ? [] : [{ namespace, value, allowsOverwrite: true }];
  return rules && Object.freeze({ rules: [...first, ...rules] });
}

function compileRule(message: Metadata, path: string, context: CompileContext): SetMetadataRule | undefined {
  const { metadataNamespace: namespace, value, allowOverwrite: allowsOverwrite } = message;
  if (namespace === '') return isMissing(path, 'metadata_namespace', context);
  return value === undefined ? isMissing(path, 'value', context) : { namespace, value, allowsOverwrite };
}

/** The metadata after the filter has written into it, by namespace. */
export interface SetMetadataResult {
  /** What the namespaces are now, of those that changed. */
  readonly changed: ReadonlyMap<string, Struct>;
  /** Structs that gave way. */
  readonly denied: number;
}

/** Computes the metadata that the filter makes. */
export function setMetadata({ rules }: SetMetadataRuntime, current: MetadataSource): SetMetadataResult {
  const changed = new Map<string, Struct>();
  let denied = 0;
  for (const { namespace, value, allowsOverwrite } of rules) {
    const old = changed.get(namespace) ?? (Object.hasOwn(current, namespace) ? current[namespace] : undefined);
    if (!isStruct(old)) changed.set(namespace, value);
    else if (allowsOverwrite) changed.set(namespace, merge(old, value));
    else denied += 1;
  }
  return { changed, denied };
}

function isStruct(value: unknown): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As Envoy: structs are merged, lists joined, anything else is replaced. Structs are decoded to a bounded depth. */
function merge(old: Struct, value: Struct): Struct {
  const merged: Record<string, unknown> = { ...old };
  for (const [key, next] of Object.entries(value)) {
    const before = Object.hasOwn(old, key) ? old[key] : undefined;
    if (isStruct(before) && isStruct(next)) merged[key] = merge(before, next);
    else if (Array.isArray(before) && Array.isArray(next))
      merged[key] = [...(before as unknown[]), ...(next as unknown[])];
    else merged[key] = next;
  }
  return merged;
}
