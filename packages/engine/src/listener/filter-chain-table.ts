/**
 * Chooses a filter chain. Conditions are looked at in Envoy's order, each time the most specific one that holds is taken, and there is no way
 * back: a chain that fails on a later condition does not make room for a less specific one.
 */
import { type Cidr, formatCidr, formatIp, type IpAddress } from '../match/cidr.ts';
import { type CidrTable, compileCidrTable } from '../match/cidr-set.ts';
import type { Trace } from '../trace/trace.ts';
import type { ConnectionView } from '../view/connection-view.ts';
import type { ChainConditions, SourceType } from './filter-chain-match.ts';

/** A chain with its conditions, as it is put into a table. */
export interface ChainEntry<C> {
  readonly conditions: ChainConditions;
  readonly chain: C;
}

/** Chains by their conditions. */
export interface FilterChainTable<C> {
  /** The chain for a connection; undefined when none matches. */
  find(connection: ConnectionView, trace?: Trace): C | undefined;
}

/** One condition: goes on with the chains that it leaves. */
type Step<C> = (connection: ConnectionView, trace: Trace | undefined) => C | undefined;

interface Overlap<C> {
  readonly first: C;
  readonly second: C;
}

/** Compiles a table; when two chains cannot be told apart, that is the answer. */
export function compileChainTable<C>(entries: readonly ChainEntry<C>[]): FilterChainTable<C> | Overlap<C> {
  const overlaps: Overlap<C>[] = [];
  const find = portStep(entries, overlaps);
  return overlaps[0] ?? { find };
}

type Entries<C> = readonly ChainEntry<C>[];

/** Puts entries under each of their keys, in order. */
function grouped<C, K>(
  entries: Entries<C>,
  keysOf: (conditions: ChainConditions) => readonly K[],
): Map<K, ChainEntry<C>[]> {
  const groups = new Map<K, ChainEntry<C>[]>();
  for (const entry of entries) {
    for (const key of keysOf(entry.conditions)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
  }
  return groups;
}

/** The groups with what is under each compiled. */
function compiled<C, K>(groups: Map<K, ChainEntry<C>[]>, next: (entries: Entries<C>) => Step<C>): Map<K, Step<C>> {
  return new Map([...groups].map(([key, group]) => [key, next(group)]));
}

function orAny<T>(list: readonly T[], any: T): readonly T[] {
  return list.length === 0 ? [any] : list;
}

function portStep<C>(entries: Entries<C>, overlaps: Overlap<C>[]): Step<C> {
  const byPort = compiled(
    grouped(entries, (match) => [match.destinationPort]),
    (group) =>
      rangeStep(
        group,
        'prefix_ranges',
        (match) => match.destinations,
        localIp,
        (rest) => nameStep(rest, overlaps),
      ),
  );
  return (connection, trace) => {
    const step = byPort.get(connection.local.port) ?? byPort.get(0);
    note(trace, 'destination_port', step, connection.local.port);
    return step?.(connection, trace);
  };
}

function localIp(connection: ConnectionView): IpAddress | undefined {
  return connection.local.ip;
}

function remoteIp(connection: ConnectionView): IpAddress | undefined {
  return connection.remote.ip;
}

function directRemoteIp(connection: ConnectionView): IpAddress | undefined {
  return connection.directRemote.ip;
}

/** A step over address ranges: the longest that holds the address, then no condition. */
function rangeStep<C>(
  entries: Entries<C>,
  what: string,
  rangesOf: (conditions: ChainConditions) => readonly Cidr[],
  ipOf: (connection: ConnectionView) => IpAddress | undefined,
  next: (entries: Entries<C>) => Step<C>,
): Step<C> {
  const cidrs = new Map<string, Cidr>();
  for (const { conditions } of entries) for (const cidr of rangesOf(conditions)) cidrs.set(formatCidr(cidr), cidr);
  const groups = compiled(
    grouped(entries, (match) => orAny(rangesOf(match).map(formatCidr), '')),
    next,
  );
  const any = groups.get('');
  const table = cidrs.size === 0 ? undefined : tableOf(cidrs, groups);
  return (connection, trace) => {
    const ip = ipOf(connection);
    const step = (ip === undefined ? undefined : table?.find(ip)?.value) ?? any;
    note(trace, what, step, ip && formatIp(ip));
    return step?.(connection, trace);
  };
}

/** The keys of a map are different, so the table cannot fail. */
function tableOf<S>(cidrs: ReadonlyMap<string, Cidr>, groups: ReadonlyMap<string, S>): CidrTable<S> | undefined {
  const entries = [...cidrs].map(([key, cidr]) => ({ cidr, value: groups.get(key)!, owner: key }));
  const table = compileCidrTable(entries, '');
  return table.kind === 'ok' ? table.value : undefined;
}

function nameStep<C>(entries: Entries<C>, overlaps: Overlap<C>[]): Step<C> {
  const byName = compiled(
    grouped(entries, (match) => orAny(match.serverNames, '')),
    (group) => transportStep(group, overlaps),
  );
  return (connection, trace) => {
    const step = findName(byName, connection.requestedServerName);
    note(trace, 'server_names', step, connection.requestedServerName);
    return step?.(connection, trace);
  };
}

/** The name itself, then its parents from the longest, then no condition. */
function findName<S>(byName: ReadonlyMap<string, S>, name: string): S | undefined {
  // A name from the wire that begins with a dot must not be taken for a wildcard.
  if (name !== '' && name.charCodeAt(0) !== DOT) {
    const exact = byName.get(name);
    if (exact !== undefined) return exact;
  }
  for (let dot = name.indexOf('.', 1); dot !== -1 && dot < name.length - 1; dot = name.indexOf('.', dot + 1)) {
    const found = byName.get(name.slice(dot));
    if (found !== undefined) return found;
  }
  return byName.get('');
}

const DOT = 0x2e;

function transportStep<C>(entries: Entries<C>, overlaps: Overlap<C>[]): Step<C> {
  const byProtocol = compiled(
    grouped(entries, (match) => [match.transportProtocol]),
    (group) => applicationStep(group, overlaps),
  );
  return (connection, trace) => {
    const step = byProtocol.get(connection.transportProtocol) ?? byProtocol.get('');
    note(trace, 'transport_protocol', step, connection.transportProtocol);
    return step?.(connection, trace);
  };
}

function applicationStep<C>(entries: Entries<C>, overlaps: Overlap<C>[]): Step<C> {
  const byProtocol = compiled(
    grouped(entries, (match) => orAny(match.applicationProtocols, '')),
    (group) =>
      rangeStep(
        group,
        'direct_source_prefix_ranges',
        (match) => match.directSources,
        directRemoteIp,
        (rest) => sourceTypeStep(rest, overlaps),
      ),
  );
  return (connection, trace) => {
    const step = findProtocol(byProtocol, connection.applicationProtocols);
    note(trace, 'application_protocols', step, connection.applicationProtocols);
    return step?.(connection, trace);
  };
}

/** The first protocol of the client that some chain asks for. */
function findProtocol<S>(byProtocol: ReadonlyMap<string, S>, protocols: readonly string[]): S | undefined {
  for (const protocol of protocols) {
    const found = protocol === '' ? undefined : byProtocol.get(protocol);
    if (found !== undefined) return found;
  }
  return byProtocol.get('');
}

function sourceTypeStep<C>(entries: Entries<C>, overlaps: Overlap<C>[]): Step<C> {
  const byType: ReadonlyMap<SourceType, Step<C>> = compiled(
    grouped(entries, (match) => [match.sourceType]),
    (group) =>
      rangeStep(
        group,
        'source_prefix_ranges',
        (match) => match.sources,
        remoteIp,
        (rest) => sourcePortStep(rest, overlaps),
      ),
  );
  return (connection, trace) => {
    const type = isLocal(connection) ? 'local' : 'external';
    const step = byType.get(type) ?? byType.get('any');
    note(trace, 'source_type', step, type);
    return step?.(connection, trace);
  };
}

/** Whether a connection comes from this host: over a Unix socket, from the loopback address, or from the address that it goes to. */
function isLocal({ remote, local }: ConnectionView): boolean {
  const { ip } = remote;
  return ip === undefined || isLoopback(ip) || remote.host === local.host;
}

const LOOPBACK = 0x7f000001;

/** Of 127.0.0.0/8 only the first address counts, as in Envoy. */
function isLoopback({ family, words }: IpAddress): boolean {
  if (family === 4) return words[0] === LOOPBACK;
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 1;
}

function sourcePortStep<C>(entries: Entries<C>, overlaps: Overlap<C>[]): Step<C> {
  const byPort = new Map<number, C>();
  for (const [port, [first, second]] of grouped(entries, (match) => orAny(match.sourcePorts, 0))) {
    if (second !== undefined) overlaps.push({ first: first!.chain, second: second.chain });
    byPort.set(port, first!.chain);
  }
  return (connection, trace) => {
    const chain = byPort.get(connection.remote.port) ?? byPort.get(0);
    note(trace, 'source_ports', chain, connection.remote.port);
    return chain;
  };
}

function note(trace: Trace | undefined, condition: string, found: unknown, value: unknown): void {
  trace?.step({
    kind: 'filter_chain',
    name: condition,
    outcome: found === undefined ? 'failed' : 'matched',
    why: `the connection has ${JSON.stringify(value ?? 'none')}`,
  });
}
