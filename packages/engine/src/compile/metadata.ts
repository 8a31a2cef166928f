import type { Metadata } from '@weft/proto/envoy/config/core/v3/base';
import type { MetadataSource } from '../match/metadata-matcher.ts';
import { supports } from './support.ts';

/** What is supported of metadata. */
export const METADATA_SUPPORT = [
  supports<Metadata>('envoy.config.core.v3.Metadata', {
    filterMetadata: true,
    typedFilterMetadata: 'nothing here reads typed metadata: use filter_metadata',
  }),
];

const EMPTY: MetadataSource = Object.freeze({});

/** The metadata of a resource; the structs of a decoded message are plain JSON values already. */
export function metadataOf(message: Metadata | undefined): MetadataSource {
  return message?.filterMetadata ?? EMPTY;
}
