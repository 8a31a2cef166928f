import type { UpstreamTlsContext } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { supports } from '../compile/support.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { compileTlsContext, type TlsContextRuntime } from './tls-context.ts';

/** What is supported of TLS towards upstreams. */
export const UPSTREAM_TLS_SUPPORT = [
  supports<UpstreamTlsContext>('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
    commonTlsContext: true,
    sni: true,
    allowRenegotiation: 'renegotiation is not safe, and TLS 1.3 has none',
    maxSessionKeys: true,
    enforceRsaKeyUsage: 'OpenSSL decides what key usages it asks for: leave it out',
    autoHostSni: 'use sni',
    autoSniSanValidation: 'use match_typed_subject_alt_names',
  }),
];

/** TLS towards upstreams. */
export interface UpstreamTlsRuntime extends TlsContextRuntime {
  readonly kind: 'tls';
  /** The name to ask for; empty for none, or for what the cluster's auto_sni says. */
  readonly sni: string;
  /** Sessions that are kept to be resumed. */
  readonly maxSessionKeys: number;
}

const MAX_SNI_CHARS = 255;

/** Compiles TLS towards upstreams; undefined when there was a problem. */
export function compileUpstreamTls(
  message: UpstreamTlsContext,
  path: string,
  context: ConfigContext,
): UpstreamTlsRuntime | undefined {
  const before = context.problems.count;
  const common = compileTlsContext(message.commonTlsContext, `${path}.common_tls_context`, context);
  if (common !== undefined && common.certificates.length > 1) {
    context.problems.add(
      `${path}.common_tls_context`,
      'multiple TLS certificates are not supported for client contexts',
    );
  }
  if (message.sni.length > MAX_SNI_CHARS)
    context.problems.add(`${path}.sni`, `is longer than ${MAX_SNI_CHARS} characters`);
  if (common === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({ ...common, kind: 'tls', sni: message.sni, maxSessionKeys: message.maxSessionKeys ?? 1 });
}
