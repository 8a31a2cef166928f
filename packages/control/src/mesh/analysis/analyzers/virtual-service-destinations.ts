import type { DestinationRuleIr, MeshService, MeshSnapshot, VirtualServiceIr } from '../../model/index.ts';
import { isVisibleTo } from '../../names/visibility.ts';
import { destinationRulesFor } from '../../query/destination-rules.ts';
import type { Analyzer, Report } from '../analyzer.ts';

interface Destination {
  readonly host: string;
  readonly subset?: string;
  readonly port?: { readonly number?: number };
}

/** Destinations of VirtualServices: hosts, ports and subsets that do not exist. */
export const virtualServiceDestinationAnalyzer: Analyzer = {
  name: 'virtual-service-destinations',
  analyze(snapshot, report) {
    for (const service of snapshot.config.virtualServices.values()) {
      for (const [destination, path] of destinationsOf(service)) {
        analyzeDestination(snapshot, service, destination, (code, message) => report(code, service.ref, message, path));
      }
    }
  },
};

function* destinationsOf({ http, tls, tcp }: VirtualServiceIr): Iterable<readonly [Destination, string]> {
  for (const { spec, source, via } of http) {
    // A rule of a delegate is told to the root, where its own place says nothing.
    const at = via?.path ?? source.path;
    for (const [i, { destination }] of (spec.route ?? []).entries())
      yield [destination, `${at}.route[${i}].destination`];
    for (const [i, { destination }] of (spec.mirrors ?? []).entries()) {
      yield [destination, `${at}.mirrors[${i}].destination`];
    }
    if (spec.mirror !== undefined) yield [spec.mirror, `${at}.mirror`];
  }
  for (const { spec, source } of [...tls, ...tcp]) {
    for (const [i, { destination }] of (spec.route ?? []).entries()) {
      yield [destination, `${source.path}.route[${i}].destination`];
    }
  }
}

type Tell = (code: Parameters<Report>[0], message: string) => void;

function analyzeDestination(
  snapshot: MeshSnapshot,
  { ref }: VirtualServiceIr,
  { host, subset = '', port }: Destination,
  tell: Tell,
): void {
  const all = snapshot.registry.byHostname.get(host) ?? [];
  const service = all.find(({ visibility }) => isVisibleTo(visibility, ref.namespace)) ?? all[0];
  if (service === undefined) {
    const hint =
      'requests fail; write the full name if it is in another namespace, or a ServiceEntry if it is outside of the mesh';
    tell('UnknownDestinationHost', `there is no service ${host}: ${hint}`);
    return;
  }
  analyzePort(service, port?.number ?? 0, tell);
  if (subset === '') return;
  const rules = destinationRulesFor(snapshot, ref.namespace, service);
  if (!rules.some((rule) => rule.subsets.some(({ name }) => name === subset))) {
    tell(
      'UnknownSubset',
      `${host} has no subset ${JSON.stringify(subset)} ${whereFrom(rules, ref.namespace)}; requests fail`,
    );
  }
}

function analyzePort({ hostname, ports }: MeshService, number: number, tell: Tell): void {
  if (number === 0 || ports.some((port) => port.number === number)) return;
  const known = ports.map((port) => port.number).join(', ');
  tell(
    'UnknownDestinationPort',
    `${hostname} has no port ${number}, only ${known === '' ? 'none' : known}; requests fail`,
  );
}

function whereFrom(rules: readonly DestinationRuleIr[], namespace: string): string {
  if (rules.length === 0) return `since no DestinationRule for it is visible in namespace ${namespace}`;
  const names = rules.flatMap(({ sources }) => sources.map((source) => `${source.namespace}/${source.name}`));
  return `in DestinationRule ${names.join(', ')}, which counts for clients in namespace ${namespace}`;
}
