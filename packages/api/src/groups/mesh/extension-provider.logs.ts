/** Extension providers that take access logs. */
import { anyObject, boolean, list, object, required, type Schema, string } from '../../schema/index.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { serviceFields } from './extension-provider.service.ts';

function names(description: string): Schema<string[]> {
  return list(description, string('A name.'));
}

/** Access logs in a file or a standard stream. */
export const envoyFileAccessLog = object('Writes access logs to a file.', {
  path: string('File, such as /dev/stdout.'),
  logFormat: object(
    'Format of the lines; that of the mesh when absent.',
    {
      text: string('Text with command operators.'),
      labels: anyObject('JSON object whose values are command operators.'),
    },
    { rules: [atMostOneOf('text', 'labels')] },
  ),
  omitEmptyValues: boolean('Leaves empty values out instead of writing "-".'),
});

/** Access logs of HTTP requests for a gRPC service. */
export const envoyHttpAls = object('Sends access logs of HTTP requests to a gRPC service.', {
  ...serviceFields,
  logName: string('Name of the log; http_envoy_accesslog when absent.'),
  filterStateObjectsToLog: names('Filter state to send along.'),
  additionalRequestHeadersToLog: names('Request headers to send along.'),
  additionalResponseHeadersToLog: names('Response headers to send along.'),
  additionalResponseTrailersToLog: names('Response trailers to send along.'),
});

/** Access logs of TCP connections for a gRPC service. */
export const envoyTcpAls = object('Sends access logs of TCP connections to a gRPC service.', {
  ...serviceFields,
  logName: string('Name of the log; tcp_envoy_accesslog when absent.'),
  filterStateObjectsToLog: names('Filter state to send along.'),
});

/** Access logs as OpenTelemetry records. */
export const envoyOtelAls = object('Sends access logs to an OpenTelemetry collector.', {
  ...serviceFields,
  logName: string('Name of the log; otel_envoy_accesslog when absent.'),
  logFormat: object('Format of the records; that of the mesh when absent.', {
    text: string('Text with command operators, for the body.'),
    labels: anyObject('Attributes, whose values are command operators.'),
  }),
});

/** Secrets from a service. */
export const sds = object('Fetches secrets from a service that speaks the secret discovery protocol.', {
  name: required(string('Name under which secrets refer to the provider.')),
  ...serviceFields,
});
