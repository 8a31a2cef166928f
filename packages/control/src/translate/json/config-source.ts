import type { ConfigSourceJson } from '@weft/proto/envoy/config/core/v3/config_source';

/** Resources that come from the control plane, on the stream that brings everything else; a proxy waits for them as long as it takes. */
export const FROM_CONTROL_PLANE: ConfigSourceJson = Object.freeze({
  ads: Object.freeze({}),
  initialFetchTimeout: '0s',
  resourceApiVersion: 'V3',
});
