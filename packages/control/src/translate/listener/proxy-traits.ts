/** What the listeners of a proxy depend on beside the mesh: what the proxy says of itself, completed from the settings of the mesh. */
import type { istio } from '@weft/api';
import { type DeepReadonly, isIpv4, isIpv6 } from '@weft/core';
import type { MeshProxy, MeshSettings } from '../../mesh/model/index.ts';

type ProxyConfigSpec = DeepReadonly<istio.mesh.MeshProxyConfig>;

/** How connections of the workload come to the proxy. */
export type InterceptionMode = 'REDIRECT' | 'TPROXY' | 'NONE';

/** See the file's head. Proxies with equal `key` and equal scopes get equal listeners. */
export interface ProxyTraits {
  readonly key: string;
  readonly interceptionMode: InterceptionMode;
  /** Families of addresses that the proxy has, the preferred one first; IPv4 when none is known. */
  readonly families: readonly (4 | 6)[];
  readonly acceptsHttp10: boolean;
  /** Connections without traffic for this long are closed; absent for the defaults of the proxy. */
  readonly idleTimeout?: string;
  /** Port on which the proxy is an HTTP proxy; 0 for none. */
  readonly httpProxyPort: number;
  /** It cannot listen on ports below 1024. */
  readonly isUnprivileged: boolean;
  /** It answers the DNS requests of the workload, so addresses that the mesh gives out are used. */
  readonly resolvesNames: boolean;
  readonly config: ProxyConfigSpec;
}

/** Traits by the proxy, with the settings that they were read in: everything about a proxy asks for them. */
const known = new WeakMap<MeshProxy, { readonly settings: MeshSettings; readonly traits: ProxyTraits }>();

/** The traits of a proxy. */
export function traitsOf(proxy: MeshProxy, settings: MeshSettings): ProxyTraits {
  const before = known.get(proxy);
  if (before?.settings === settings) return before.traits;
  const traits = readTraits(proxy, settings);
  known.set(proxy, { settings, traits });
  return traits;
}

function readTraits({ metadata, addresses }: MeshProxy, settings: MeshSettings): ProxyTraits {
  const text = (name: string): string => (typeof metadata[name] === 'string' ? metadata[name] : '');
  const own = isObject(metadata['PROXY_CONFIG']) ? (metadata['PROXY_CONFIG'] as ProxyConfigSpec) : {};
  const config: ProxyConfigSpec = { ...settings.config.defaultConfig, ...own };
  const mode = text('INTERCEPTION_MODE') || config.interceptionMode;
  const idleTimeout = text('IDLE_TIMEOUT');
  const families = ([4, 6] as const).filter((family) => addresses.some(family === 4 ? isIpv4 : isIpv6));
  const traits: Omit<ProxyTraits, 'key' | 'config'> = {
    interceptionMode: mode === 'TPROXY' || mode === 'NONE' ? mode : 'REDIRECT',
    families: families.length === 0 ? [4] : families,
    acceptsHttp10: text('HTTP10') === '1',
    ...(/^[\d.]+(?:ms|s|m|h)/.test(idleTimeout) ? { idleTimeout } : {}),
    httpProxyPort: Number(text('HTTP_PROXY_PORT')) || (settings.config.proxyHttpPort ?? 0),
    isUnprivileged: text('UNPRIVILEGED_POD') === 'true',
    resolvesNames: text('DNS_CAPTURE') === 'true',
  };
  return { key: JSON.stringify([traits, own]), ...traits, config };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
