import type {
  RateLimit_Action,
  RateLimit_Action_DestinationCluster,
  RateLimit_Action_DynamicMetaData,
  RateLimit_Action_GenericKey,
  RateLimit_Action_HeaderValueMatch,
  RateLimit_Action_MaskedRemoteAddress,
  RateLimit_Action_MetaData,
  RateLimit_Action_QueryParameters,
  RateLimit_Action_QueryParameterValueMatch,
  RateLimit_Action_RemoteAddress,
  RateLimit_Action_RemoteAddressMatch,
  RateLimit_Action_RequestHeaders,
  RateLimit_Action_SourceCluster,
} from '@weft/proto/envoy/config/route/v3/route_components';
import type { AddressMatcher } from '@weft/proto/envoy/type/matcher/v3/address';
import type { CompileContext } from '../../compile/context.ts';
import { compileCidrRanges } from '../../compile/matchers/cidr-range.ts';
import { compileHeaderMessages } from '../../compile/matchers/header-matcher.ts';
import { isMissing } from '../../compile/matchers/outcome.ts';
import { compileQueryMessages } from '../../compile/matchers/query-parameter-matcher.ts';
import { supports } from '../../compile/support.ts';
import { asciiLower } from '../../match/ascii.ts';
import { compileCidr, formatCidr, formatIp } from '../../match/cidr.ts';
import { compileCidrSet } from '../../match/cidr-set.ts';
import type { MetadataSource } from '../../match/metadata-matcher.ts';
import { queryValue } from '../../match/query-matcher.ts';
import type { AddressView } from '../../view/address-view.ts';
import type { RequestView } from '../../view/request-view.ts';
import type { StreamView } from '../../view/stream-view.ts';
import { queryOf } from '../conditions.ts';
import { compileMetadataKey, type MetadataPath, metadataValue } from './metadata-key.ts';

/** What is supported of the actions that make descriptors. */
export const RATE_LIMIT_ACTION_SUPPORT = [
  supports<RateLimit_Action>('envoy.config.route.v3.RateLimit.Action', {
    actionSpecifier: {
      sourceCluster: true,
      destinationCluster: true,
      requestHeaders: true,
      remoteAddress: true,
      genericKey: true,
      headerValueMatch: true,
      dynamicMetadata: true,
      metadata: true,
      extension: 'extensions are not supported here: use request_headers, metadata or header_value_match',
      maskedRemoteAddress: true,
      queryParameterValueMatch: true,
      queryParameters: true,
      remoteAddressMatch: true,
    },
  }),
  supports<RateLimit_Action_SourceCluster>('envoy.config.route.v3.RateLimit.Action.SourceCluster', {}),
  supports<RateLimit_Action_DestinationCluster>('envoy.config.route.v3.RateLimit.Action.DestinationCluster', {}),
  supports<RateLimit_Action_RemoteAddress>('envoy.config.route.v3.RateLimit.Action.RemoteAddress', {}),
  supports<RateLimit_Action_RequestHeaders>('envoy.config.route.v3.RateLimit.Action.RequestHeaders', {
    headerName: true,
    descriptorKey: true,
    skipIfAbsent: true,
  }),
  supports<RateLimit_Action_QueryParameters>('envoy.config.route.v3.RateLimit.Action.QueryParameters', {
    queryParameterName: true,
    descriptorKey: true,
    skipIfAbsent: true,
  }),
  supports<RateLimit_Action_MaskedRemoteAddress>('envoy.config.route.v3.RateLimit.Action.MaskedRemoteAddress', {
    v4PrefixMaskLen: true,
    v6PrefixMaskLen: true,
  }),
  supports<RateLimit_Action_RemoteAddressMatch>('envoy.config.route.v3.RateLimit.Action.RemoteAddressMatch', {
    descriptorKey: true,
    descriptorValue: true,
    defaultValue: 'leave it out',
    addressMatcher: true,
  }),
  supports<AddressMatcher>('envoy.type.matcher.v3.AddressMatcher', { ranges: true, invertMatch: true }),
  supports<RateLimit_Action_GenericKey>('envoy.config.route.v3.RateLimit.Action.GenericKey', {
    descriptorValue: true,
    descriptorKey: true,
    defaultValue: 'leave it out',
  }),
  supports<RateLimit_Action_HeaderValueMatch>('envoy.config.route.v3.RateLimit.Action.HeaderValueMatch', {
    descriptorKey: true,
    descriptorValue: true,
    expectMatch: true,
    headers: true,
    defaultValue: 'leave it out',
  }),
  supports<RateLimit_Action_DynamicMetaData>('envoy.config.route.v3.RateLimit.Action.DynamicMetaData', {
    descriptorKey: true,
    metadataKey: true,
    defaultValue: true,
  }),
  supports<RateLimit_Action_MetaData>('envoy.config.route.v3.RateLimit.Action.MetaData', {
    descriptorKey: true,
    metadataKey: true,
    defaultValue: true,
    source: true,
    skipIfAbsent: true,
  }),
  supports<RateLimit_Action_QueryParameterValueMatch>(
    'envoy.config.route.v3.RateLimit.Action.QueryParameterValueMatch',
    {
      descriptorKey: true,
      descriptorValue: true,
      expectMatch: true,
      queryParameters: true,
      defaultValue: 'leave it out',
    },
  ),
];

/** What descriptors are made of. */
export interface RateLimitView {
  readonly request: RequestView;
  /** What formats read. */
  readonly stream: StreamView;
  /** The client as the HTTP connection manager sees it. */
  readonly remote: AddressView;
  /** The cluster of this proxy (`--service-cluster`, node.cluster). */
  readonly localCluster: string;
  /** The cluster of the request's route. */
  readonly routeCluster: string;
  readonly dynamicMetadata: MetadataSource;
  readonly routeMetadata: MetadataSource;
}

/** One part of a descriptor. */
export interface DescriptorEntry {
  readonly key: string;
  readonly value: string;
}

/** An entry; `skip` leaves it out of the descriptor, `stop` means that there is no descriptor. */
export type ActionResult = DescriptorEntry | 'skip' | 'stop';

/** A compiled action. */
export type RateLimitAction = (view: RateLimitView) => ActionResult;

/** Compiles an action; undefined when there was a problem. */
export function compileRateLimitAction(
  message: RateLimit_Action,
  path: string,
  context: CompileContext,
): RateLimitAction | undefined {
  const { actionSpecifier: given } = message;
  switch (given.case) {
    case undefined:
      return isMissing(path, 'action_specifier', context);
    case 'sourceCluster':
      return ({ localCluster }) => ({ key: 'source_cluster', value: localCluster });
    case 'destinationCluster':
      return ({ routeCluster }) => (routeCluster === '' ? 'stop' : { key: 'destination_cluster', value: routeCluster });
    case 'requestHeaders':
      return headerAction(given.value);
    case 'remoteAddress':
      return ({ remote }) => (remote.ip === undefined ? 'stop' : { key: 'remote_address', value: formatIp(remote.ip) });
    case 'maskedRemoteAddress':
      return maskedAction(given.value, `${path}.masked_remote_address`, context);
    case 'genericKey': {
      const entry = { key: given.value.descriptorKey || 'generic_key', value: given.value.descriptorValue };
      return () => entry;
    }
    case 'headerValueMatch':
      return headerMatchAction(given.value, `${path}.header_value_match`, context);
    case 'queryParameterValueMatch':
      return queryMatchAction(given.value, `${path}.query_parameter_value_match`, context);
    case 'queryParameters':
      return queryAction(given.value);
    case 'remoteAddressMatch':
      return addressMatchAction(given.value, `${path}.remote_address_match`, context);
    case 'metadata': {
      const { source, skipIfAbsent } = given.value;
      return metadataAction(given.value, source === 1, skipIfAbsent, `${path}.metadata`, context);
    }
    case 'dynamicMetadata':
      return metadataAction(given.value, false, false, `${path}.dynamic_metadata`, context);
    case 'extension':
      context.problems.add(`${path}.extension`, `extension ${given.value.name} is not supported`);
      return undefined;
  }
}

function headerAction(message: RateLimit_Action_RequestHeaders): RateLimitAction {
  const name = asciiLower(message.headerName);
  const { descriptorKey: key, skipIfAbsent } = message;
  return ({ request }) => {
    const value = request.get(name);
    return value === undefined ? absent(skipIfAbsent) : { key, value };
  };
}

function queryAction(message: RateLimit_Action_QueryParameters): RateLimitAction {
  const { queryParameterName: name, descriptorKey: key, skipIfAbsent } = message;
  return ({ request }) => {
    const value = queryValue(decodeQuery(queryOf(request.path)), name);
    return value === undefined ? absent(skipIfAbsent) : { key, value };
  };
}

function absent(isSkipped: boolean): ActionResult {
  return isSkipped ? 'skip' : 'stop';
}

const MAX_V4_BITS = 32;
const MAX_V6_BITS = 128;

function maskedAction(
  { v4PrefixMaskLen: v4 = MAX_V4_BITS, v6PrefixMaskLen: v6 = MAX_V6_BITS }: RateLimit_Action_MaskedRemoteAddress,
  path: string,
  context: CompileContext,
): RateLimitAction | undefined {
  if (v4 > MAX_V4_BITS || v6 > MAX_V6_BITS) {
    context.problems.add(path, `prefix lengths must be at most ${MAX_V4_BITS} and ${MAX_V6_BITS}, not ${v4} and ${v6}`);
    return undefined;
  }
  return ({ remote }) => {
    if (remote.ip === undefined) return 'stop';
    const range = compileCidr(formatIp(remote.ip), remote.ip.family === 4 ? v4 : v6, '');
    return range.kind === 'ok' ? { key: 'masked_remote_address', value: formatCidr(range.value) } : 'stop';
  };
}

function addressMatchAction(
  message: RateLimit_Action_RemoteAddressMatch,
  path: string,
  context: CompileContext,
): RateLimitAction | undefined {
  const { addressMatcher } = message;
  if (addressMatcher === undefined) return isMissing(path, 'address_matcher', context);
  const ranges = compileCidrRanges(addressMatcher.ranges, `${path}.address_matcher.ranges`, context);
  if (ranges === undefined) return undefined;
  const set = compileCidrSet(ranges);
  const entry = { key: message.descriptorKey || 'remote_address_match', value: message.descriptorValue };
  return ({ remote }) => {
    if (remote.ip === undefined) return 'stop';
    return set.contains(remote.ip) === addressMatcher.invertMatch ? 'stop' : entry;
  };
}

function headerMatchAction(
  message: RateLimit_Action_HeaderValueMatch,
  path: string,
  context: CompileContext,
): RateLimitAction | undefined {
  const tests = compileHeaderMessages(message.headers, `${path}.headers`, context);
  if (tests === undefined) return undefined;
  const entry = { key: message.descriptorKey || 'header_match', value: message.descriptorValue };
  const isExpected = message.expectMatch ?? true;
  return ({ request }) => (tests.every((test) => test.matches(request)) === isExpected ? entry : 'stop');
}

function queryMatchAction(
  message: RateLimit_Action_QueryParameterValueMatch,
  path: string,
  context: CompileContext,
): RateLimitAction | undefined {
  const tests = compileQueryMessages(message.queryParameters, `${path}.query_parameters`, context);
  if (tests === undefined) return undefined;
  const entry = { key: message.descriptorKey || 'query_match', value: message.descriptorValue };
  const isExpected = message.expectMatch ?? true;
  return ({ request }) => {
    const query = decodeQuery(queryOf(request.path));
    return tests.every((test) => test.matches(query)) === isExpected ? entry : 'stop';
  };
}

/** Here, unlike in route matching, Envoy decodes percent-encoding; what would end a parameter stays encoded. */
function decodeQuery(query: string): string {
  return query.replace(/%(?!26|3[dD]|23)([0-9a-fA-F]{2})/g, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function metadataAction(
  message: RateLimit_Action_MetaData | RateLimit_Action_DynamicMetaData,
  isOfRoute: boolean,
  skipIfAbsent: boolean,
  path: string,
  context: CompileContext,
): RateLimitAction | undefined {
  const keys: MetadataPath | undefined = compileMetadataKey(message.metadataKey, path, context);
  if (keys === undefined) return undefined;
  const { descriptorKey: key, defaultValue } = message;
  return ({ routeMetadata, dynamicMetadata }) => {
    const found = metadataValue(isOfRoute ? routeMetadata : dynamicMetadata, keys);
    const value = typeof found === 'string' && found !== '' ? found : defaultValue;
    return value === '' ? absent(skipIfAbsent) : { key, value };
  };
}
