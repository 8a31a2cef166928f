import type { MeshService, MeshSnapshot } from '../../model/index.ts';
import { idOfRef, keyOfRef, refOf } from '../../names/object-ref.ts';
import { areMergeable, byPrecedence } from '../../registry/merge-services.ts';
import { TRAFFIC_DISTRIBUTION_ANNOTATION, trafficDistributionFrom } from '../../registry/traffic-distribution.ts';
import type { Analyzer, Report } from '../analyzer.ts';

/** Services: hosts that several objects define, ports that collide, and settings that have no effect. */
export const serviceAnalyzer: Analyzer = {
  name: 'services',
  analyze(snapshot, report) {
    for (const [key, ids] of snapshot.registry.contributors)
      if (ids.length > 1) analyzeHost(snapshot, key, ids, report);
    for (const service of snapshot.objects.Service.values()) {
      const ref = refOf('Service', service);
      if (service.spec?.sessionAffinity === 'ClientIP') {
        const hint = 'use consistentHash.useSourceIp in a DestinationRule';
        report(
          'UnsupportedField',
          ref,
          `sessionAffinity ClientIP has no effect on proxies: ${hint}`,
          'spec.sessionAffinity',
        );
      }
      const words = [
        service.spec?.trafficDistribution,
        service.metadata.annotations?.[TRAFFIC_DISTRIBUTION_ANNOTATION],
      ];
      for (const word of words) {
        if (word === undefined || trafficDistributionFrom(word) !== undefined) continue;
        report(
          'UnknownTrafficDistribution',
          ref,
          `traffic distribution ${JSON.stringify(word)} is not known and has no effect`,
        );
      }
    }
  },
};

function analyzeHost({ registry }: MeshSnapshot, key: string, ids: readonly string[], report: Report): void {
  const parts = ids
    .flatMap((id) => (registry.contributions.get(id) ?? []).filter((part) => part.key === key))
    .toSorted(byPrecedence);
  const [first, ...others] = parts;
  const owners = new Map(first!.ports.map((port) => [port.number, first!]));
  for (const other of others) {
    if (!areMergeable(first!, other)) {
      const why =
        first!.registry === 'kubernetes' ? 'a Service has the name' : 'it is older and describes another service';
      report(
        'ConflictingHost',
        other.sources[0]!,
        `the host ${other.hostname} is that of ${idOfRef(first!.sources[0]!)} (${why}); here it has no effect`,
        'spec.hosts',
      );
    } else for (const port of other.ports) claimPort(owners, other, port, report);
  }
}

function claimPort(
  owners: Map<number, MeshService>,
  service: MeshService,
  port: MeshService['ports'][number],
  report: Report,
): void {
  const owner = owners.get(port.number);
  if (owner === undefined) {
    owners.set(port.number, service);
    return;
  }
  const before = owner.ports.find(({ number }) => number === port.number)!;
  if (before.name === port.name && before.protocol === port.protocol && before.targetPort === port.targetPort) return;
  const other = keyOfRef(owner.sources[0]!);
  report(
    'DuplicatePort',
    service.sources[0]!,
    `port ${port.number} of ${service.hostname} is defined otherwise by ${other}, which is older and counts`,
    port.path,
  );
}
