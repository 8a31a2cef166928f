/** How the connections of an outbound cluster are secured (SEMANTICS 18, 19). */
import type { UpstreamHttpProtocolOptionsJson } from '@weft/proto/envoy/config/core/v3/protocol';
import { type Finding, isHttp, type MeshService, type MeshServicePort, type MeshSettings } from '../../mesh/index.ts';
import { findingAt } from '../finding-at.ts';
import type { UpstreamProtocol } from './http-options.ts';
import { mutualTlsContext } from './mutual-tls.ts';
import { originateTls } from './tls-origination.ts';
import type { EffectivePolicy } from './traffic-policy.ts';
import { type TransportFields, tlsByEndpoint, tlsFields, withProxyProtocol } from './transport-sockets.ts';

/** What the transport depends on. */
export interface TransportFacts {
  readonly service: MeshService;
  readonly port: MeshServicePort;
  readonly policy: EffectivePolicy;
  readonly settings: MeshSettings;
  readonly protocol: UpstreamProtocol;
  /** Server name that leads to the cluster's endpoints, also through gateways of other networks. */
  readonly sni: string;
  /** Who the endpoints are. */
  readonly identities: readonly string[];
  /** What the mesh does by itself: mutual TLS with endpoints that speak it, with all, or with none. */
  readonly autoMtls: 'by-endpoint' | 'always' | 'never';
  /** Whether the proxy may fetch Secrets that the rule names. */
  readonly mayUseSecrets: boolean;
}

/** The transport, and what the HTTP of the cluster has to add. */
export interface Transport {
  readonly fields: TransportFields;
  readonly upstreamHttp: UpstreamHttpProtocolOptionsJson | undefined;
}

/** Makes both. */
export function upstreamTransport(facts: TransportFacts, findings: Finding[]): Transport {
  const { proxyProtocol } = facts.policy.spec;
  const { fields, upstreamHttp } = tlsTransport(facts, findings);
  return {
    fields: proxyProtocol === undefined ? fields : withProxyProtocol(fields, proxyProtocol.version ?? 'V1'),
    upstreamHttp,
  };
}

const PLAIN: Transport = Object.freeze({ fields: Object.freeze({}), upstreamHttp: undefined });

function tlsTransport(facts: TransportFacts, findings: Finding[]): Transport {
  const { policy, service, protocol, settings } = facts;
  const { tls } = policy.spec;
  if (tls === undefined) return automatic(facts);
  switch (tls.mode ?? 'DISABLE') {
    case 'DISABLE':
      return PLAIN;
    case 'ISTIO_MUTUAL': {
      const { sni = '', subjectAltNames } = tls;
      const identities = subjectAltNames ?? facts.identities;
      const context = mutualTlsContext({ sni: sni === '' ? facts.sni : sni, identities, carries: carriedBy(facts) });
      return { fields: tlsFields(context), upstreamHttp: undefined };
    }
    case 'SIMPLE':
    case 'MUTUAL': {
      if ((tls.credentialName ?? '') !== '' && !facts.mayUseSecrets) {
        reportSecret(policy, findings);
        return PLAIN;
      }
      const serviceNames = service.registry === 'external' ? facts.identities : [];
      const { context, upstreamHttp } = originateTls({ tls, serviceNames, isHttp2: protocol === 'http2', settings });
      return { fields: tlsFields(context), upstreamHttp };
    }
  }
}

function automatic(facts: TransportFacts): Transport {
  const { autoMtls, sni, identities } = facts;
  if (autoMtls === 'never') return PLAIN;
  const context = mutualTlsContext({ sni, identities, carries: carriedBy(facts) });
  return { fields: autoMtls === 'always' ? tlsFields(context) : tlsByEndpoint(context), upstreamHttp: undefined };
}

/** Where the protocol is found out, the same cluster carries HTTP and other bytes: then it says neither. */
function carriedBy({ port, protocol, policy }: TransportFacts): 'http1' | 'http2' | 'other' {
  const isUpgraded = policy.spec.connectionPool?.http?.h2UpgradePolicy === 'UPGRADE';
  if (protocol === 'downstream' || (!isHttp(port.protocol) && !isUpgraded)) return 'other';
  return protocol;
}

function reportSecret({ places, spec }: EffectivePolicy, findings: Finding[]): void {
  const { tls: place } = places;
  if (place === undefined) return;
  const message = `sidecars that no workloadSelector selects may not use the Secret ${JSON.stringify(spec.tls?.credentialName)}: they send without TLS; add a workloadSelector, or send through an egress gateway`;
  findings.push(findingAt('CredentialIgnored', place, 'credentialName', message));
}
