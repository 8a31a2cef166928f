import type { TlsSessionTicketKeys } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';
import type {
  DownstreamTlsContext,
  DownstreamTlsContext_OcspStaplePolicy,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/tls';
import { compileDataSource } from '../compile/data-source.ts';
import { compileOptionalMs } from '../compile/matchers/duration.ts';
import { compileList } from '../compile/matchers/outcome.ts';
import { supports, withoutEffect } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';
import type { ConfigContext } from '../config/config-context.ts';
import { later } from '../config/later.ts';
import { compileSecretReference, type SecretSource } from './secret-source.ts';
import { compileTlsContext, type TlsContextRuntime } from './tls-context.ts';

/** What is supported of TLS towards clients. */
export const DOWNSTREAM_TLS_SUPPORT: readonly Support[] = [
  supports<DownstreamTlsContext>('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
    commonTlsContext: true,
    requireClientCertificate: true,
    requireSni: 'Envoy has never implemented it: give the filter chain server_names',
    sessionTicketKeysType: {
      sessionTicketKeys: true,
      sessionTicketKeysSdsSecretConfig: true,
      disableStatelessSessionResumption: true,
    },
    disableStatefulSessionResumption: withoutEffect('sessions are resumed by tickets only'),
    sessionTimeout: true,
    ocspStaplePolicy: true,
    fullScanCertsOnSniMismatch: later('look through all certificates for a name'),
    preferClientCiphers: 'the order of ciphers is that of the server: leave it out',
  }),
  supportsEnum<typeof DownstreamTlsContext_OcspStaplePolicy>(
    'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext.OcspStaplePolicy',
    {
      LENIENT_STAPLING: true,
      STRICT_STAPLING: later('staple OCSP responses'),
      MUST_STAPLE: later('staple OCSP responses'),
    },
  ),
  supports<TlsSessionTicketKeys>('envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys', { keys: true }),
];

/** TLS towards clients. */
export interface DownstreamTlsRuntime extends TlsContextRuntime {
  readonly kind: 'tls';
  readonly requiresClientCertificate: boolean;
  /** What session tickets are encrypted with: each of 80 bytes, the first for new ones. Undefined for keys that nobody else has. */
  readonly ticketKeys: SecretSource<readonly Uint8Array[]> | undefined;
  readonly hasTickets: boolean;
  readonly hasSessionCache: boolean;
  /** Undefined for the default. */
  readonly sessionTimeoutMs: number | undefined;
}

/** Compiles TLS towards clients; undefined when there was a problem. */
export function compileDownstreamTls(
  message: DownstreamTlsContext,
  path: string,
  context: ConfigContext,
): DownstreamTlsRuntime | undefined {
  const before = context.problems.count;
  const common = compileTlsContext(message.commonTlsContext, `${path}.common_tls_context`, context);
  const { sessionTicketKeysType: given } = message;
  const sessionTimeoutMs = compileOptionalMs(message.sessionTimeout, `${path}.session_timeout`, context);
  const ticketKeys = compileKeySource(message, path, context);
  if (common !== undefined && common.certificates.length === 0) {
    context.problems.add(`${path}.common_tls_context`, 'no TLS certificates found for server context');
  }
  if (common === undefined || context.problems.count !== before) return undefined;
  return Object.freeze({
    ...common,
    kind: 'tls',
    requiresClientCertificate: message.requireClientCertificate ?? false,
    ticketKeys,
    hasTickets: given.case !== 'disableStatelessSessionResumption' || !given.value,
    hasSessionCache: !message.disableStatefulSessionResumption,
    sessionTimeoutMs,
  });
}

function compileKeySource(
  { sessionTicketKeysType: given }: DownstreamTlsContext,
  path: string,
  context: ConfigContext,
): DownstreamTlsRuntime['ticketKeys'] {
  if (given.case === 'sessionTicketKeysSdsSecretConfig') {
    return compileSecretReference(given.value, 'ticketKeys', `${path}.session_ticket_keys_sds_secret_config`, context);
  }
  if (given.case !== 'sessionTicketKeys') return undefined;
  const value = compileTicketKeys(given.value, `${path}.session_ticket_keys`, context);
  return value && { kind: 'inline', value };
}

/** A name of 16 bytes and two keys of 32. */
const TICKET_KEY_BYTES = 80;

/** Compiles keys for session tickets; undefined when there was a problem. */
export function compileTicketKeys(
  message: TlsSessionTicketKeys,
  path: string,
  context: ConfigContext,
): readonly Uint8Array[] | undefined {
  return compileList(message.keys, `${path}.keys`, (source, at) => {
    const key = compileDataSource(source, at, context);
    if (key === undefined || key.length === TICKET_KEY_BYTES) return key;
    context.problems.add(at, `a key for session tickets has ${TICKET_KEY_BYTES} bytes, this one ${key.length}`);
    return undefined;
  });
}
