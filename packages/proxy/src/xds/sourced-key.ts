import type { ConfigSource } from '@weft/proto/envoy/config/core/v3/config_source';
import { planConfigSource } from '@weft/xds/client';
import { STATIC_SOURCE } from '@weft/xds/graph';

/** What a resource is known by: its name and where it comes from, for two sources may have different ones of one name. */
export function sourcedKey(name: string, source: string = STATIC_SOURCE): string {
  return JSON.stringify([source, name]);
}

/** The key of a resource from a source that was not refused. */
export function sourcedKeyOf(name: string, source: ConfigSource): string {
  const plan = planConfigSource(source);
  if (plan.kind === 'err') throw new Error(`bug: the source of ${name} was not refused: ${plan.error}`);
  return sourcedKey(name, plan.value.key);
}
