/** Filter chains of outbound listeners before they are made: enough to see whether two of them are in each other's way. */
import { formatCidr, networkOf, parseCidr, parseIp } from '@weft/core';
import type {
  FilterChainJson,
  FilterChainMatchJson,
  FilterJson,
} from '@weft/proto/envoy/config/listener/v3/listener_components';
import { defined, filled } from '../../json/defined.ts';
import type { MemoPart } from '../../memo.ts';
import { provenance, type Source } from '../../provenance.ts';
import { rangeJson } from '../addresses.ts';

/** See the file's head. */
export interface ChainPlan {
  /** Server names of TLS; empty, or with `*`, for any. */
  readonly serverNames: readonly string[];
  /** Addresses and ranges that the connection is to; empty for any. */
  readonly ranges: readonly string[];
  /** What the HTTP inspector has to find; empty for anything. */
  readonly applicationProtocols: readonly string[];
  readonly sources: readonly Source[];
  /** All that `makeFilters` depends on beside what all outbound listeners of the proxy share. */
  readonly parts: readonly MemoPart[];
  makeFilters(): FilterJson[];
}

const ANY_NAME = '*';
const ANY_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::', '0.0.0.0/0', '::/0']);

/** Whether a chain takes every connection. */
export function takesAll({ serverNames, ranges, applicationProtocols }: ChainPlan): boolean {
  const anyName = serverNames.length === 0 || serverNames.includes(ANY_NAME);
  return anyName && ranges.length === 0 && applicationProtocols.length === 0;
}

/** The conditions as one text: chains with the same text take the same connections, and only one of them can be. */
export function conditionsOf({ serverNames, ranges, applicationProtocols }: ChainPlan): string {
  const names = serverNames.includes(ANY_NAME) ? [] : serverNames;
  const blocks = ranges.map(blockOf).filter((block) => !ANY_ADDRESSES.has(block));
  return JSON.stringify([unique(names), unique(blocks), applicationProtocols]);
}

/** `1.2.3.4/8` means the same as `1.5.6.7/8`. */
function blockOf(text: string): string {
  const cidr = parseCidr(text);
  if (cidr !== undefined) return formatCidr({ address: networkOf(cidr), prefixLength: cidr.prefixLength });
  const ip = parseIp(text);
  return ip === undefined ? text : formatCidr({ address: ip, prefixLength: ip.family === 4 ? 32 : 128 });
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list)].toSorted();
}

/** The chain. */
export function chainOf(plan: ChainPlan): FilterChainJson {
  const chain: FilterChainJson = { filters: plan.makeFilters(), metadata: provenance(plan.sources) };
  return takesAll(plan) ? chain : { filterChainMatch: matchOf(plan), ...chain };
}

function matchOf({ serverNames, ranges, applicationProtocols }: ChainPlan): FilterChainMatchJson {
  const prefixRanges = unique(ranges).flatMap((text) => {
    const range = rangeJson(text);
    return range === undefined || ANY_ADDRESSES.has(range.addressPrefix ?? '') ? [] : [range];
  });
  return defined<FilterChainMatchJson>({
    prefixRanges: filled(prefixRanges),
    serverNames: serverNames.includes(ANY_NAME) ? undefined : filled([...unique(serverNames)]),
    // TLS may hide the same protocols; those are not what the HTTP inspector has found.
    transportProtocol: applicationProtocols.length === 0 ? undefined : 'raw_buffer',
    applicationProtocols: filled([...applicationProtocols]),
  });
}
