import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';

/** Where nothing comes from: for connection managers that are given their routes. */
export const NO_SOURCE: ConfigSource = Object.freeze({
  $typeName: 'envoy.config.core.v3.ConfigSource',
  authorities: [],
  configSourceSpecifier: { case: undefined },
  resourceApiVersion: 0,
});
