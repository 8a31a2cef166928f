/** Client certificates: the common name is the user, the organizations are its groups. */
import type { Clock } from '@weft/core';
import type { Authenticator, AuthnResult, Credentials } from './types.ts';

/** Recognises certificates that the listener has verified against the server's CA; any other one is refused. */
export function certificateAuthenticator(clock: Clock): Authenticator {
  return {
    name: 'certificate',
    authenticate({ certificate, certificateProblem }: Credentials): AuthnResult {
      if (certificateProblem !== undefined) return { kind: 'refused', reason: certificateProblem };
      if (certificate === undefined) return { kind: 'none' };
      // The handshake checked this once; the connection may have been open for days since.
      if (certificate.notAfterMs !== undefined && clock.now() > certificate.notAfterMs) {
        return { kind: 'refused', reason: 'the certificate has expired since the connection was made' };
      }
      const groups = [...certificate.organizations, 'system:authenticated'];
      return { kind: 'user', user: { username: certificate.commonName, groups } };
    },
  };
}
