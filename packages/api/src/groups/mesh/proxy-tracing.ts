/** Tracing as the configuration of single proxies has it; Telemetry objects are the newer way. */
import { boolean, integer, list, map, number, object, required, string } from '../../schema/index.ts';
import { clientTls } from '../networking.istio.io/client-tls.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { uint32 } from '../networking.istio.io/scalars.ts';
import { traceContext } from './extension-provider.tracing.ts';

const limit = integer('Most entries of a span; 200 when absent.', { format: 'int64', nullable: true });

const customTag = object(
  'Where the value of a tag comes from.',
  {
    literal: object('A fixed value.', { value: string('The value.') }),
    environment: object('An environment variable of the proxy.', {
      name: string('Name of the variable.'),
      defaultValue: string('Value when the variable is not set.'),
    }),
    header: object('A header of the request.', {
      name: string('Name of the header.'),
      defaultValue: string('Value when the request has no such header.'),
    }),
  },
  { rules: [atMostOneOf('literal', 'environment', 'header')] },
);

/** How a proxy traces requests. */
export const proxyTracing = object(
  'How the proxy traces requests.',
  {
    zipkin: object('Sends spans to Zipkin.', { address: required(string('Address of Zipkin, host:port.')) }),
    lightstep: object('Sends spans to Lightstep.', {
      address: required(string('Address of the satellites, host:port.')),
      accessToken: string('Token of the account.'),
    }),
    datadog: object('Sends spans to a Datadog agent.', {
      address: required(string('Address of the agent, host:port.')),
    }),
    stackdriver: object('Sends spans to Google Cloud.', {
      debug: boolean('Writes spans to the log of the proxy.'),
      maxNumberOfAttributes: limit,
      maxNumberOfAnnotations: limit,
      maxNumberOfMessageEvents: limit,
    }),
    openCensusAgent: object('Sends spans to an OpenCensus agent.', {
      address: string('Address of the agent, as gRPC writes it.'),
      context: list('Formats of the trace context; W3C_TRACE_CONTEXT when absent.', traceContext),
    }),
    customTags: map('Tags to add to spans, by name.', customTag),
    maxPathTagLength: uint32('Longest path that is put into a tag; 256 when absent.'),
    sampling: number('Share of the requests that are traced unless the caller decided, in percent; 1 when absent.', {
      minimum: 0,
      maximum: 100,
    }),
    tlsSettings: clientTls,
  },
  { rules: [atMostOneOf('zipkin', 'lightstep', 'datadog', 'stackdriver', 'openCensusAgent')] },
);
