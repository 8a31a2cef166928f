import type { SecretSource } from '@weft/engine';
import { planConfigSource } from '@weft/xds/client';
import { STATIC_SOURCE } from '@weft/xds/graph';

/** The type of secrets. */
export const SECRET_TYPE = 'envoy.extensions.transport_sockets.tls.v3.Secret';

/** What a secret is known by: its name, and where it comes from, for two sources may have different secrets of one name. */
export function secretKey(name: string, source: string = STATIC_SOURCE): string {
  return JSON.stringify([source, name]);
}

/** The key of the secret that a part of a TLS context is in; undefined for what stands in the context itself. */
export function secretKeyOf(source: SecretSource<unknown>): string | undefined {
  switch (source.kind) {
    case 'inline':
      return undefined;
    case 'static':
      return secretKey(source.name);
    case 'sds': {
      const plan = planConfigSource(source.source);
      if (plan.kind === 'err') throw new Error(`bug: the source of a secret was not refused: ${plan.error}`);
      return secretKey(source.name, plan.value.key);
    }
  }
}
