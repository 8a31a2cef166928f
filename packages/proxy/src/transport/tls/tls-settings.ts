/** What a TLS context is made of, as the transport takes it; the same for both ends. */

import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import type { PeerPolicy } from './judge-peer.ts';

/** A certificate chain with its key, PEM. */
export interface TlsKeyPair {
  readonly certificateChain: string | Buffer;
  readonly privateKey: string | Buffer;
  readonly passphrase?: string;
}

/** A TLS context in either role. */
export interface TlsSettings {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** OpenSSL's list for TLS 1.2, with the suites of TLS 1.3; undefined for the default. */
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
  readonly signatureAlgorithms: string | undefined;
  readonly alpn: readonly string[];
  readonly keyPairs: readonly TlsKeyPair[];
  readonly peers: PeerPolicy | undefined;
}

/** How sessions are resumed by clients of a server. */
export interface ResumptionSettings {
  /** The keys of tickets in the form that Node takes: 48 bytes. Undefined for keys that nobody else has. */
  readonly ticketKeys: Buffer | undefined;
  readonly hasTickets: boolean;
  /** Sessions are resumed only where this is the same: it stands for everything that decided who the peer is. */
  readonly sessionIdContext: string;
  readonly timeoutS: number | undefined;
}

/** Makes OpenSSL's context; throws what OpenSSL says of keys and certificates that do not fit. */
export function createContext(settings: TlsSettings, resumption?: ResumptionSettings): SecureContext {
  const { keyPairs, peers, ciphers, curves, signatureAlgorithms } = settings;
  return createSecureContext({
    minVersion: settings.minVersion,
    maxVersion: settings.maxVersion,
    cert: keyPairs.map((pair) => pair.certificateChain),
    key: keyPairs.map(({ privateKey, passphrase }) => ({
      pem: privateKey,
      ...(passphrase === undefined ? {} : { passphrase }),
    })),
    // An empty list would mean the authorities that Node comes with.
    ca: peers === undefined || peers.trustedCas.length === 0 ? [] : [...peers.trustedCas],
    ...(peers === undefined || peers.crls.length === 0 ? {} : { crl: [...peers.crls] }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(curves === undefined ? {} : { ecdhCurve: curves }),
    ...(signatureAlgorithms === undefined ? {} : { sigalgs: signatureAlgorithms }),
    // A server's own order of ciphers counts.
    honorCipherOrder: true,
    ...(resumption === undefined ? {} : resumptionOptions(resumption)),
  });
}

function resumptionOptions({ ticketKeys, hasTickets, sessionIdContext, timeoutS }: ResumptionSettings) {
  return {
    sessionIdContext,
    ...(ticketKeys === undefined ? {} : { ticketKeys }),
    ...(timeoutS === undefined ? {} : { sessionTimeout: timeoutS }),
    ...(hasTickets ? {} : { secureOptions: constants.SSL_OP_NO_TICKET }),
  };
}
