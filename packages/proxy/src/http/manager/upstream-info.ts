import type { AddressView, MetadataSource, TlsView, UpstreamView } from '@weft/engine';

const NO_METADATA: MetadataSource = Object.freeze({});

/** What is known of the upstream side of a stream; the router fills it in. */
export class UpstreamInfo implements UpstreamView {
  clusterName = '';
  observabilityName = '';
  host: AddressView | undefined;
  hostName = '';
  local: AddressView | undefined;
  tls: TlsView | undefined;
  protocol = '';
  connectionId = 0;
  attemptCount = 0;
  transportFailureReason = '';
  clusterMetadata: MetadataSource = NO_METADATA;
  hostMetadata: MetadataSource = NO_METADATA;
}
