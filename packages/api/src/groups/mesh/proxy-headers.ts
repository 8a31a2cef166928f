/** Headers that proxies add on their own. */
import { boolean, enumeration, object, type Schema, string } from '../../schema/index.ts';

/** What happens to the header with the certificate of the client. */
export const forwardClientCertDetails = enumeration('What happens to the header with the certificate of the client.', [
  'UNDEFINED',
  'SANITIZE',
  'FORWARD_ONLY',
  'APPEND_FORWARD',
  'SANITIZE_SET',
  'ALWAYS_FORWARD_ONLY',
]);

function flag(description: string): Schema<boolean> {
  return boolean(description, { nullable: true });
}

function switchable(description: string) {
  return object(description, { disabled: flag('Leave the header out.') });
}

function optIn(description: string) {
  return object(description, { enabled: flag('Add the header.') });
}

/** Headers that proxies add on their own. */
export const proxyHeaders = object('Headers that proxies add on their own.', {
  forwardedClientCert: forwardClientCertDetails,
  setCurrentClientCertDetails: object('Parts of the certificate of the client that are sent on.', {
    subject: flag('The subject; sent when absent.'),
    cert: flag('The whole certificate.'),
    chain: flag('The whole chain.'),
    dns: flag('The DNS names; sent when absent.'),
    uri: flag('The URI; sent when absent.'),
  }),
  requestId: switchable('The id of the request, x-request-id.'),
  server: object('The name of the server.', {
    disabled: flag('Leave the header as the service set it.'),
    value: string('Value of the header; istio-envoy when absent.'),
  }),
  attemptCount: switchable('The number of the try, x-envoy-attempt-count.'),
  envoyDebugHeaders: switchable('Facts about routing, x-envoy-*.'),
  metadataExchangeHeaders: object('Facts about the peer, x-envoy-peer-metadata.', {
    mode: enumeration('Whether they go to services outside of the mesh too.', ['UNDEFINED', 'IN_MESH']),
  }),
  preserveHttp1HeaderCase: flag('Keep upper case in names of HTTP/1.1 headers.'),
  xForwardedHost: optIn('The host that the client asked for, x-forwarded-host.'),
  xForwardedPort: optIn('The port that the client asked for, x-forwarded-port.'),
});
