/** Writes headers into the metadata of the stream (envoy.filters.http.header_to_metadata). */
import { collectMetadata, type HeaderToMetadataRule, type HeaderToMetadataRuntime } from '@weft/engine';
import type { FieldList } from '../../http/head.ts';
import { FilterStatus, type FilterStream, type HttpFilterKind } from './filter.ts';

/** See the file's head. */
export const HEADER_TO_METADATA: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.header_to_metadata.v3.Config',
  create: ({ name, isDisabled, config }) => ({
    name,
    isDisabled,
    create: (stream) => {
      const { request, response } = (stream.routeConfigs[0] ?? config) as HeaderToMetadataRuntime;
      return {
        onRequestHead: (head) => apply(request, head, stream),
        onResponseHead: (head) => apply(response, head, stream),
      };
    },
  }),
};

function apply(rules: readonly HeaderToMetadataRule[], head: FieldList, stream: FilterStream): FilterStatus {
  for (const { namespace, key, value } of collectMetadata(rules, head)) stream.setMetadata(namespace, key, value);
  for (const { kind, name, removes } of rules) if (removes && kind === 'header') head.remove(name);
  return FilterStatus.next;
}
