/** Extension providers that take spans. */
import { boolean, enumeration, integer, list, map, object, required, string } from '../../schema/index.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { duration, uint32 } from '../networking.istio.io/scalars.ts';
import { serviceFields } from './extension-provider.service.ts';

const maxTagLength = uint32('Longest path that is put into a tag.');

const header = object('A header of requests to the provider.', {
  name: required(string('Name of the header.')),
  value: string('Value of the header.'),
  envName: string('Environment variable of the proxy that holds the value.'),
});

const httpService = object('How spans are sent over HTTP.', {
  path: required(string('Path of the requests.')),
  timeout: duration('Longest time of one request; 3s when absent.'),
  headers: list('Headers of the requests.', header),
});

/** Contexts that spans can be joined by. */
export const traceContext = enumeration('A format of the trace context in headers.', [
  'UNSPECIFIED',
  'W3C_TRACE_CONTEXT',
  'GRPC_BIN',
  'CLOUD_TRACE_CONTEXT',
  'B3',
]);

/** Zipkin. */
export const zipkin = object('Sends spans to Zipkin.', {
  ...serviceFields,
  maxTagLength,
  enable64bitTraceId: boolean('Makes trace ids of 64 instead of 128 bits.'),
  path: string('Path of the requests; /api/v2/spans when absent.'),
  timeout: duration('Longest time of one request.'),
  headers: list('Headers of the requests.', header),
  traceContextOption: enumeration('Headers that carry the trace context.', ['USE_B3', 'USE_B3_WITH_W3C_PROPAGATION']),
});

/** Lightstep, which takes OpenTelemetry today. */
export const lightstep = object('Sends spans to Lightstep.', {
  ...serviceFields,
  accessToken: string('Token of the account.'),
  maxTagLength,
});

/** Datadog. */
export const datadog = object('Sends spans to a Datadog agent.', { ...serviceFields, maxTagLength });

const limit = integer('Most entries of a span; 200 when absent.', { format: 'int64', nullable: true });

/** Google Cloud. */
export const stackdriver = object('Sends spans and logs to Google Cloud.', {
  debug: boolean('Writes spans to the log of the proxy.'),
  maxNumberOfAttributes: limit,
  maxNumberOfAnnotations: limit,
  maxNumberOfMessageEvents: limit,
  maxTagLength,
  logging: object('What logs hold.', { labels: map('Expressions to log, by label.', string('An expression.')) }),
});

/** An OpenCensus agent. */
export const opencensus = object('Sends spans to an OpenCensus agent.', {
  ...serviceFields,
  context: list('Formats of the trace context; W3C_TRACE_CONTEXT when absent.', traceContext),
  maxTagLength,
});

/** SkyWalking. */
export const skywalking = object('Sends spans to SkyWalking.', {
  ...serviceFields,
  accessToken: string('Token that the receiver asks for.'),
});

/** An OpenTelemetry collector. */
export const opentelemetry = object(
  'Sends spans to an OpenTelemetry collector, over gRPC unless http is set.',
  {
    ...serviceFields,
    maxTagLength,
    http: httpService,
    grpc: object('How spans are sent over gRPC.', {
      timeout: duration('Longest time of one request; 3s when absent.'),
      initialMetadata: list('Metadata of the requests.', header),
    }),
    resourceDetectors: object('Where facts about the proxy come from.', {
      environment: object('From the variable OTEL_RESOURCE_ATTRIBUTES.', {}),
      dynatrace: object('From the files that Dynatrace writes.', {}),
    }),
    dynatraceSampler: object('Lets Dynatrace decide how many traces are taken.', {
      tenant: required(string('Tenant of Dynatrace.')),
      clusterId: required(integer('Cluster in Dynatrace.')),
      rootSpansPerMinute: uint32('Traces a minute while Dynatrace cannot be asked; 1000 when absent.'),
      httpService: object('Service that is asked; the collector when absent.', {
        ...serviceFields,
        http: required(httpService),
      }),
    }),
  },
  { rules: [atMostOneOf('http', 'grpc')] },
);
