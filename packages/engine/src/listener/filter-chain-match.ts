import type {
  FilterChainMatch,
  FilterChainMatch_ConnectionSourceType,
} from '@weft/proto/envoy/config/listener/v3/listener_components';
import type { CompileContext } from '../compile/context.ts';
import { compileCidrRanges } from '../compile/matchers/cidr-range.ts';
import { supports } from '../compile/support.ts';
import { type Support, supportsEnum } from '../compile/support-enum.ts';
import { asciiLower } from '../match/ascii.ts';
import type { Cidr } from '../match/cidr.ts';

const NOT_IN_ENVOY = 'Envoy has never implemented it: use prefix_ranges';

/** What is supported of the conditions of filter chains. */
export const FILTER_CHAIN_MATCH_SUPPORT: readonly Support[] = [
  supports<FilterChainMatch>('envoy.config.listener.v3.FilterChainMatch', {
    destinationPort: true,
    prefixRanges: true,
    addressSuffix: NOT_IN_ENVOY,
    suffixLen: NOT_IN_ENVOY,
    directSourcePrefixRanges: true,
    sourceType: true,
    sourcePrefixRanges: true,
    sourcePorts: true,
    serverNames: true,
    transportProtocol: true,
    applicationProtocols: true,
  }),
  supportsEnum<typeof FilterChainMatch_ConnectionSourceType>(
    'envoy.config.listener.v3.FilterChainMatch.ConnectionSourceType',
    { ANY: true, SAME_IP_OR_LOOPBACK: true, EXTERNAL: true },
  ),
];

/** Where a connection comes from. */
export type SourceType = 'any' | 'local' | 'external';

/** The conditions of one chain; an empty list, an empty text and 0 state none. */
export interface ChainConditions {
  readonly destinationPort: number;
  readonly destinations: readonly Cidr[];
  /** In lower case; a wildcard without its asterisk: `.example.com`. */
  readonly serverNames: readonly string[];
  readonly transportProtocol: string;
  readonly applicationProtocols: readonly string[];
  readonly directSources: readonly Cidr[];
  readonly sourceType: SourceType;
  readonly sources: readonly Cidr[];
  readonly sourcePorts: readonly number[];
}

const SOURCE_TYPES: readonly SourceType[] = ['any', 'local', 'external'];

/** Conditions that hold for every connection. */
export const NO_CONDITIONS: ChainConditions = Object.freeze({
  destinationPort: 0,
  destinations: [],
  serverNames: [],
  transportProtocol: '',
  applicationProtocols: [],
  directSources: [],
  sourceType: 'any',
  sources: [],
  sourcePorts: [],
});

/** Compiles the conditions of a chain; undefined when there was a problem. */
export function compileChainMatch(
  message: FilterChainMatch | undefined,
  path: string,
  context: CompileContext,
): ChainConditions | undefined {
  if (message === undefined) return NO_CONDITIONS;
  const before = context.problems.count;
  const ranges = (list: FilterChainMatch['prefixRanges'], name: string): readonly Cidr[] =>
    compileCidrRanges(list, `${path}.${name}`, context) ?? [];
  const conditions = {
    destinationPort: message.destinationPort ?? 0,
    destinations: ranges(message.prefixRanges, 'prefix_ranges'),
    serverNames: message.serverNames.map((name, i) => compileServerName(name, `${path}.server_names[${i}]`, context)),
    transportProtocol: message.transportProtocol,
    applicationProtocols: message.applicationProtocols,
    directSources: ranges(message.directSourcePrefixRanges, 'direct_source_prefix_ranges'),
    sourceType: SOURCE_TYPES[message.sourceType] ?? 'any',
    sources: ranges(message.sourcePrefixRanges, 'source_prefix_ranges'),
    sourcePorts: message.sourcePorts,
  };
  return context.problems.count === before ? Object.freeze(conditions) : undefined;
}

function compileServerName(name: string, path: string, context: CompileContext): string {
  const lower = asciiLower(name);
  const key = lower.startsWith('*.') ? lower.slice(1) : lower;
  if (key === '' || key === '.' || key.includes('*')) {
    context.problems.add(
      path,
      `${JSON.stringify(name)}: a server name is a name, or *. and a name; partial wildcards are not supported`,
    );
  }
  return key;
}
