/** Metadata of the stream and of what it went through. */
import { err, ok } from '@weft/core';
import { type MetadataSource, valueAt } from '../../match/metadata-matcher.ts';
import type { StreamView } from '../../view/stream-view.ts';
import type { FormatField, JsonValue } from '../formatter.ts';
import { type FieldResult, type Operator, valueText } from '../operator.ts';

type MetadataOf = (view: StreamView) => MetadataSource | undefined;

const dynamic: MetadataOf = ({ dynamicMetadata }) => dynamicMetadata;
const cluster: MetadataOf = ({ upstream }) => upstream?.clusterMetadata;
const upstreamHost: MetadataOf = ({ upstream }) => upstream?.hostMetadata;

/** What `%METADATA(TYPE:…)%` can read, by Envoy's names. */
const TYPES: ReadonlyMap<string, MetadataOf> = new Map<string, MetadataOf>([
  ['DYNAMIC', dynamic],
  ['CLUSTER', cluster],
  ['ROUTE', ({ routeMetadata }) => routeMetadata],
  ['UPSTREAM_HOST', upstreamHost],
  ['LISTENER', ({ listenerMetadata }) => listenerMetadata],
  ['VIRTUAL_HOST', ({ virtualHostMetadata }) => virtualHostMetadata],
]);

/** Operators over metadata. */
export const METADATA_OPERATORS: readonly Operator[] = [
  metadataOperator('DYNAMIC_METADATA', (keys, maxLength) => ok(metadataField(dynamic, keys, maxLength))),
  metadataOperator('CLUSTER_METADATA', (keys, maxLength) => ok(metadataField(cluster, keys, maxLength))),
  metadataOperator('UPSTREAM_METADATA', (keys, maxLength) => ok(metadataField(upstreamHost, keys, maxLength))),
  metadataOperator('METADATA', ([type = '', ...keys], maxLength) => {
    const source = TYPES.get(type);
    if (source === undefined) {
      return err(`${JSON.stringify(type)} is no type of metadata here; there are ${[...TYPES.keys()].join(', ')}`);
    }
    return ok(metadataField(source, keys.length === 0 ? [''] : keys, maxLength));
  }),
];

function metadataOperator(
  name: string,
  compile: (keys: readonly string[], maxLength: number | undefined) => FieldResult,
): Operator {
  return {
    name,
    param: 'required',
    takesLength: true,
    compile: ({ param, maxLength }) => compile(param.split(':'), maxLength),
  };
}

/** The value under a namespace and the keys within; only text is cut, and never in JSON, as in Envoy. */
function metadataField(source: MetadataOf, keys: readonly string[], maxLength: number | undefined): FormatField {
  const read = (view: StreamView): JsonValue | undefined => {
    const metadata = source(view);
    return metadata === undefined ? undefined : (valueAt(metadata, keys) as JsonValue | undefined);
  };
  return { text: (view) => valueText(read(view))?.slice(0, maxLength), json: read };
}
