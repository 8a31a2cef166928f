/**
 * Which connections of a port are taken by which chain: by mode of mutual TLS (SEMANTICS 24) and by what the port speaks. Clients of the mesh are
 * known by the words that they offer as application protocols, before TLS is ended.
 */
import type { MtlsMode, Protocol } from '../../../mesh/model/index.ts';
import { plainHttpProtocols } from '../listener-filters.ts';
import { kindOf } from '../outbound/service-kind.ts';
import type { ProxyTraits } from '../proxy-traits.ts';
import { MESH_ALPN, MESH_HTTP_ALPN, MESH_TCP_ALPN } from '../tls/mesh-tls.ts';

/** One chain of a port. */
export interface ChainMatch {
  readonly transport: 'tls' | 'raw_buffer';
  /** Empty for any. */
  readonly applicationProtocols: readonly string[];
  readonly isHttp: boolean;
  /** Whether TLS ends here; it is passed on as it is otherwise. */
  readonly endsTls: boolean;
}

/** The chains of a port, in Istio's order. */
export function chainMatches(mode: MtlsMode, protocol: Protocol, traits: ProxyTraits): readonly ChainMatch[] {
  const kind = kindOf(protocol);
  return kind === 'auto' ? detectingMatches(mode, plainHttpProtocols(traits)) : knownMatches(mode, kind === 'http');
}

/** The only chain of a port whose TLS the user configures. */
export function userTlsMatches(protocol: Protocol): readonly ChainMatch[] {
  const isHttp = kindOf(protocol) === 'http';
  return [{ transport: 'tls', applicationProtocols: [], isHttp, endsTls: true }];
}

function knownMatches(mode: MtlsMode, isHttp: boolean): readonly ChainMatch[] {
  const plain: ChainMatch = { transport: 'raw_buffer', applicationProtocols: [], isHttp, endsTls: false };
  const mesh: ChainMatch = { transport: 'tls', applicationProtocols: [], isHttp, endsTls: true };
  if (mode === 'DISABLE') return [plain];
  if (mode === 'STRICT') return [mesh];
  const both = [{ ...mesh, applicationProtocols: MESH_ALPN }, plain];
  // TLS of the workload's own is not the proxy's business, unless the port is declared to speak HTTP in plain text.
  return isHttp ? both : [...both, PASSED_ON_TLS];
}

const PASSED_ON_TLS: ChainMatch = { transport: 'tls', applicationProtocols: [], isHttp: false, endsTls: false };

function detectingMatches(mode: MtlsMode, plainHttp: readonly string[]): readonly ChainMatch[] {
  const plain: readonly ChainMatch[] = [
    { transport: 'raw_buffer', applicationProtocols: plainHttp, isHttp: true, endsTls: false },
    { transport: 'raw_buffer', applicationProtocols: [], isHttp: false, endsTls: false },
  ];
  const meshHttp: ChainMatch = { transport: 'tls', applicationProtocols: MESH_HTTP_ALPN, isHttp: true, endsTls: true };
  const meshTcp: ChainMatch = { transport: 'tls', applicationProtocols: MESH_TCP_ALPN, isHttp: false, endsTls: true };
  if (mode === 'DISABLE') return plain;
  if (mode === 'STRICT') return [meshHttp, { ...meshTcp, applicationProtocols: [] }];
  return [meshHttp, plain[0]!, meshTcp, plain[1]!, PASSED_ON_TLS];
}
