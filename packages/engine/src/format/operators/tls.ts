/** TLS sessions and certificates of both sides. */
import type { StreamView } from '../../view/stream-view.ts';
import type { CertificateView, TlsView } from '../../view/tls-view.ts';
import { type Operator, orNone, textOperator } from '../operator.ts';
import { timeOperator } from './times.ts';

type TlsOf = (view: StreamView) => TlsView | undefined;
type Side = 'peer' | 'local';

const downstream: TlsOf = ({ connection }) => connection.tls;
const upstream: TlsOf = (view) => view.upstream?.tls;

/** Operators over TLS. */
export const TLS_OPERATORS: readonly Operator[] = [
  ...sessionOperators('DOWNSTREAM', downstream),
  ...sessionOperators('UPSTREAM', upstream),
  ...sanOperators('DOWNSTREAM_PEER', downstream, 'peer'),
  ...sanOperators('DOWNSTREAM_LOCAL', downstream, 'local'),
  ...sanOperators('UPSTREAM_PEER', upstream, 'peer'),
  ...sanOperators('UPSTREAM_LOCAL', upstream, 'local'),
  ...peerOperators('DOWNSTREAM_PEER', downstream),
  ...peerOperators('UPSTREAM_PEER', upstream),
  certificateOperator('DOWNSTREAM_LOCAL_SUBJECT', downstream, 'local', ({ subject }) => subject),
  certificateOperator('DOWNSTREAM_PEER_SERIAL', downstream, 'peer', ({ serialNumber }) => serialNumber),
  certificateOperator('DOWNSTREAM_PEER_FINGERPRINT_256', downstream, 'peer', (peer) => peer.sha256Fingerprint),
  certificateOperator('DOWNSTREAM_PEER_FINGERPRINT_1', downstream, 'peer', (peer) => peer.sha1Fingerprint),
  textOperator('DOWNSTREAM_TRANSPORT_FAILURE_REASON', ({ connection }) => orNone(connection.transportFailureReason)),
];

function sessionOperators(prefix: string, tlsOf: TlsOf): readonly Operator[] {
  return [
    textOperator(`${prefix}_TLS_VERSION`, (view) => orNone(tlsOf(view)?.version)),
    textOperator(`${prefix}_TLS_CIPHER`, (view) => orNone(tlsOf(view)?.cipher)),
    textOperator(`${prefix}_TLS_SESSION_ID`, (view) => orNone(tlsOf(view)?.sessionId)),
  ];
}

function sanOperators(prefix: string, tlsOf: TlsOf, side: Side): readonly Operator[] {
  return [
    certificateOperator(`${prefix}_URI_SAN`, tlsOf, side, ({ uriSans }) => uriSans.join(',')),
    certificateOperator(`${prefix}_DNS_SAN`, tlsOf, side, ({ dnsSans }) => dnsSans.join(',')),
    certificateOperator(`${prefix}_IP_SAN`, tlsOf, side, ({ ipSans }) => ipSans.join(',')),
  ];
}

function peerOperators(prefix: string, tlsOf: TlsOf): readonly Operator[] {
  return [
    certificateOperator(`${prefix}_SUBJECT`, tlsOf, 'peer', ({ subject }) => subject),
    certificateOperator(`${prefix}_ISSUER`, tlsOf, 'peer', ({ issuer }) => issuer),
    certificateOperator(`${prefix}_CERT`, tlsOf, 'peer', ({ urlEncodedPem }) => urlEncodedPem),
    timeOperator(`${prefix}_CERT_V_START`, false, () => (view) => microseconds(tlsOf(view)?.peer?.validFromMs)),
    timeOperator(`${prefix}_CERT_V_END`, false, () => (view) => microseconds(tlsOf(view)?.peer?.validToMs)),
  ];
}

function certificateOperator(
  name: string,
  tlsOf: TlsOf,
  side: Side,
  read: (certificate: CertificateView) => string,
): Operator {
  return textOperator(name, (view) => {
    const certificate = tlsOf(view)?.[side];
    return certificate && orNone(read(certificate));
  });
}

function microseconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms * 1000;
}
