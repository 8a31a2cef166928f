import type { SecretSource } from '@weft/engine';
import { sourcedKey, sourcedKeyOf } from '../xds/sourced-key.ts';

/** The type of secrets. */
export const SECRET_TYPE = 'envoy.extensions.transport_sockets.tls.v3.Secret';

/** The key of the secret that a part of a TLS context is in; undefined for what stands in the context itself. */
export function secretKeyOf(source: SecretSource<unknown>): string | undefined {
  switch (source.kind) {
    case 'inline':
      return undefined;
    case 'static':
      return sourcedKey(source.name);
    case 'sds':
      return sourcedKeyOf(source.name, source.source);
  }
}
