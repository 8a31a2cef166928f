/** Conditions on the certificates of servers. */
import { isIp } from '@weft/core';
import type {
  CertificateValidationContextJson,
  SubjectAltNameMatcher_SanTypeJson,
} from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/common';

/** The condition that a certificate has one of these names; none when there are none. */
export function sanMatchers(names: readonly string[]): CertificateValidationContextJson {
  if (names.length === 0) return {};
  return { matchTypedSubjectAltNames: names.map((exact) => ({ sanType: sanTypeOf(exact), matcher: { exact } })) };
}

/** Users write names without their type; it is seen by their form. */
function sanTypeOf(name: string): SubjectAltNameMatcher_SanTypeJson {
  if (name.includes('://')) return 'URI';
  if (isIp(name)) return 'IP_ADDRESS';
  return name.includes('@') ? 'EMAIL' : 'DNS';
}
