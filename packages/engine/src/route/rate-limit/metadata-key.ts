import type { MetadataKey, MetadataKey_PathSegment } from '@weft/proto/envoy/type/metadata/v3/metadata';
import type { CompileContext } from '../../compile/context.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { supports } from '../../compile/support.ts';
import type { MetadataSource } from '../../match/metadata-matcher.ts';

/** What is supported of metadata keys. */
export const METADATA_KEY_SUPPORT = [
  supports<MetadataKey>('envoy.type.metadata.v3.MetadataKey', { key: true, path: true }),
  supports<MetadataKey_PathSegment>('envoy.type.metadata.v3.MetadataKey.PathSegment', {
    segment: { key: true, index: true },
  }),
];

/** The name of a filter, and the keys that lead into its struct; numbers lead into lists. */
export type MetadataPath = readonly (string | number)[];

/** Compiles a metadata key; undefined when there was a problem. */
export function compileMetadataKey(
  message: MetadataKey | undefined,
  path: string,
  context: CompileContext,
): MetadataPath | undefined {
  if (message === undefined) return isMissing(path, 'metadata_key', context);
  if (message.key === '') return isMissing(`${path}.metadata_key`, 'key', context);
  if (message.path.length === 0) return isMissing(`${path}.metadata_key`, 'path', context);
  return [message.key, ...message.path.map((segment) => segment.segment.value ?? '')];
}

/** The value under a key; inherited properties are not entered. */
export function metadataValue(metadata: MetadataSource, path: MetadataPath): unknown {
  let at: unknown = metadata;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    if (Array.isArray(at) !== (typeof key === 'number')) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
