import type { Decorator, Tracing } from '@weft/proto/envoy/config/route/v3/route_components';
import type {
  MetadataKind,
  MetadataKind_Cluster,
  MetadataKind_Host,
  MetadataKind_Request,
  MetadataKind_Route,
} from '@weft/proto/envoy/type/metadata/v3/metadata';
import type {
  CustomTag,
  CustomTag_Environment,
  CustomTag_Header,
  CustomTag_Literal,
  CustomTag_Metadata,
} from '@weft/proto/envoy/type/tracing/v3/custom_tag';
import type { FractionalPercent } from '@weft/proto/envoy/type/v3/percent';
import type { CompileContext } from '../compile/context.ts';
import { compileFraction } from '../compile/matchers/fraction.ts';
import { isMissing } from '../compile/matchers/outcome.ts';
import { supports } from '../compile/support.ts';
import type { Fraction } from '../match/fraction.ts';

/** What is supported of tracing in routes. */
export const ROUTE_TRACING_SUPPORT = [
  supports<Decorator>('envoy.config.route.v3.Decorator', { operation: true, propagate: true }),
  supports<Tracing>('envoy.config.route.v3.Tracing', {
    clientSampling: true,
    randomSampling: true,
    overallSampling: true,
    customTags: true,
    operation: 'spans are not made yet: leave it out',
    upstreamOperation: 'spans are not made yet: leave it out',
  }),
  supports<CustomTag>('envoy.type.tracing.v3.CustomTag', {
    tag: true,
    type: {
      literal: true,
      environment: true,
      requestHeader: true,
      metadata: true,
      value: 'use literal, request_header or metadata',
    },
    valueType: 'values of tags are texts: leave it out',
  }),
  supports<CustomTag_Literal>('envoy.type.tracing.v3.CustomTag.Literal', { value: true }),
  supports<CustomTag_Environment>('envoy.type.tracing.v3.CustomTag.Environment', { name: true, defaultValue: true }),
  supports<CustomTag_Header>('envoy.type.tracing.v3.CustomTag.Header', { name: true, defaultValue: true }),
  supports<CustomTag_Metadata>('envoy.type.tracing.v3.CustomTag.Metadata', {
    kind: true,
    metadataKey: true,
    defaultValue: true,
  }),
  supports<MetadataKind>('envoy.type.metadata.v3.MetadataKind', {
    kind: { request: true, route: true, cluster: true, host: true },
  }),
  supports<MetadataKind_Request>('envoy.type.metadata.v3.MetadataKind.Request', {}),
  supports<MetadataKind_Route>('envoy.type.metadata.v3.MetadataKind.Route', {}),
  supports<MetadataKind_Cluster>('envoy.type.metadata.v3.MetadataKind.Cluster', {}),
  supports<MetadataKind_Host>('envoy.type.metadata.v3.MetadataKind.Host', {}),
];

/** The name of the operation in spans. */
export interface DecoratorRuntime {
  readonly operation: string;
  /** Whether x-envoy-decorator-operation tells it to the next proxy. */
  readonly propagates: boolean;
}

/** How a route samples, and what it adds to spans. */
export interface RouteTracingRuntime {
  readonly client: Fraction;
  readonly random: Fraction;
  readonly overall: Fraction;
  /** Compiled where spans are made. */
  readonly customTags: readonly CustomTag[];
}

const ALWAYS: Fraction = Object.freeze({ numerator: 100, denominator: 100 });

/** Compiles a decorator; undefined when there was a problem. */
export function compileDecorator(
  message: Decorator,
  path: string,
  context: CompileContext,
): DecoratorRuntime | undefined {
  if (message.operation === '') return isMissing(path, 'operation', context);
  return Object.freeze({ operation: message.operation, propagates: message.propagate ?? true });
}

/** Compiles the tracing of a route; what is not said is always sampled. Undefined when there was a problem. */
export function compileRouteTracing(
  message: Tracing,
  path: string,
  context: CompileContext,
): RouteTracingRuntime | undefined {
  const fractionOf = (given: FractionalPercent | undefined, name: string) =>
    given === undefined ? ALWAYS : compileFraction(given, `${path}.${name}`, context);
  const client = fractionOf(message.clientSampling, 'client_sampling');
  const random = fractionOf(message.randomSampling, 'random_sampling');
  const overall = fractionOf(message.overallSampling, 'overall_sampling');
  if (client === undefined || random === undefined || overall === undefined) return undefined;
  return Object.freeze({ client, random, overall, customTags: message.customTags });
}
