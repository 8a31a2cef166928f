/** Writes fixed values into the metadata of requests (envoy.filters.http.set_metadata). */
import { SET_METADATA_STATS, type SetMetadataRuntime, setMetadata } from '@weft/engine';
import { defineBlock } from '@weft/telemetry';
import { FilterStatus, type HttpFilterKind } from './filter.ts';

const STATS = defineBlock(SET_METADATA_STATS);

/** See the file's head. */
export const SET_METADATA: HttpFilterKind = {
  typeName: 'envoy.extensions.filters.http.set_metadata.v3.Config',
  create: ({ name, isDisabled, config }, { scope }) => {
    const runtime = config as SetMetadataRuntime;
    const stats = scope.child('set_metadata').block(STATS).values;
    return {
      name,
      isDisabled,
      create: (stream) => ({
        onRequestHead: () => {
          const { changed, denied } = setMetadata(runtime, stream.view.dynamicMetadata);
          stats[STATS.at.overwrite_denied]! += denied;
          for (const [namespace, struct] of changed) {
            for (const [key, value] of Object.entries(struct)) stream.setMetadata(namespace, key, value);
          }
          return FilterStatus.next;
        },
      }),
    };
  },
};
