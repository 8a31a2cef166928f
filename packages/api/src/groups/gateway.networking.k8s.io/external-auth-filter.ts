/** Asking a service of the user's own whether a request may pass. */
import { enumeration, integer, list, object, required, type Schema, string } from '../../schema/index.ts';
import { backendObjectReference } from './backend-ref.ts';
import { discriminatorRules } from './union-rules.ts';

function headerNames(description: string): Schema<string[]> {
  return list(description, string('Name of a header.'), { listType: 'set', maxItems: 64 });
}

const grpcAuth = object('Settings for services that speak the ext_authz protocol of Envoy.', {
  allowedHeaders: headerNames('Request headers that the service gets to see; all of them when empty.'),
});

const httpAuth = object('Settings for services that answer plain HTTP.', {
  path: string('Prefix that is put before the path of the request.', {
    maxLength: 1024,
    pattern: "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$",
  }),
  allowedHeaders: headerNames('Request headers that the service gets to see beside the usual ones.'),
  allowedResponseHeaders: headerNames('Headers of its answer that are copied into the request.'),
});

/** Lets an external service decide about each request. */
export const externalAuthFilter = object(
  'Lets an external service decide about each request; when it cannot be asked, the request is refused.',
  {
    protocol: required(enumeration('How the service is asked.', ['HTTP', 'GRPC'])),
    backendRef: required(backendObjectReference),
    grpc: grpcAuth,
    http: httpAuth,
    forwardBody: object('How much of the request body the service gets to see.', {
      maxSize: integer('Bytes of the body to send along; 0 for none.', { minimum: 0 }),
    }),
  },
  { rules: discriminatorRules('protocol', { GRPC: 'grpc', HTTP: 'http' }) },
);
