import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import type { SdsSecretConfig } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/secret';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { ConfigContext, SecretKind } from '../config/config-context.ts';
import { addNeed } from '../config/config-source.ts';

/** What is supported of references to secrets. */
export const SECRET_SOURCE_SUPPORT = [
  supports<SdsSecretConfig>('envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig', {
    name: true,
    sdsConfig: true,
  }),
];

/** Where a part of a TLS context is. */
export type SecretSource<T> =
  | { readonly kind: 'inline'; readonly value: T }
  /** A secret of the bootstrap. */
  | { readonly kind: 'static'; readonly name: string }
  /** A secret that is fetched, and fetched anew when it changes. */
  | { readonly kind: 'sds'; readonly name: string; readonly source: ConfigSource };

/** Compiles a reference to a secret; undefined when there was a problem. */
export function compileSecretReference(
  { name, sdsConfig }: SdsSecretConfig,
  kind: SecretKind,
  path: string,
  context: ConfigContext,
): SecretSource<never> | undefined {
  if (name === '') return isMissing(path, 'name', context);
  if (sdsConfig === undefined) {
    context.requiredSecrets.push({ name, kind });
    return Object.freeze({ kind: 'static', name });
  }
  const typeName = 'envoy.extensions.transport_sockets.tls.v3.Secret';
  return addNeed(typeName, name, sdsConfig, `${path}.sds_config`, context)
    ? Object.freeze({ kind: 'sds', name, source: sdsConfig })
    : undefined;
}
