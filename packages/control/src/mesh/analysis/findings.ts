/** What is wrong or surprising in a snapshot, by object. Made when asked for, never on the way of a change to the proxies. */
import { getOrAdd } from '../collections/get-or-add.ts';
import type { Finding, MeshSnapshot, ObjectRef } from '../model/index.ts';
import { idOfRef } from '../names/object-ref.ts';
import { ALL_ANALYZERS } from './all.ts';
import type { Report } from './analyzer.ts';
import { FINDING_SEVERITIES, type FindingCode } from './codes.ts';

/** `Kind/namespace/name` of an object to its findings. Objects without any have no entry. */
export type Findings = ReadonlyMap<string, readonly Finding[]>;

/** An object with a thousand mistakes is told of the first of them: its status has to stay small. */
const MAX_FINDINGS = 50;

/** All findings of a snapshot. */
export function findingsOf(snapshot: MeshSnapshot): Findings {
  const found = new Map<string, Finding[]>();
  const report: Report = (code, object, message, path) => {
    const list = getOrAdd(found, idOfRef(object), () => []);
    if (list.length < MAX_FINDINGS) list.push(finding(code, object, message, path));
  };
  for (const analyzer of ALL_ANALYZERS) analyzer.analyze(snapshot, report);
  return found;
}

/** Whether two snapshots can differ in findings: pods alone never matter where no target port has a name. */
export function mayDifferInFindings(before: MeshSnapshot, after: MeshSnapshot): boolean {
  return (
    before.settings !== after.settings ||
    before.registry !== after.registry ||
    before.config !== after.config ||
    before.objects.HTTPRoute !== after.objects.HTTPRoute ||
    before.objects.GRPCRoute !== after.objects.GRPCRoute ||
    before.objects.KubernetesGateway !== after.objects.KubernetesGateway ||
    before.objects.Service !== after.objects.Service ||
    before.objects.ConfigMap !== after.objects.ConfigMap ||
    (before.workloads.pods !== after.workloads.pods && hasNamedTargetPorts(after))
  );
}

function hasNamedTargetPorts({ registry }: MeshSnapshot): boolean {
  for (const { ports } of registry.services.values()) {
    if (ports.some(({ targetPort }) => typeof targetPort === 'string')) return true;
  }
  return false;
}

function finding(code: FindingCode, object: ObjectRef, message: string, path: string | undefined): Finding {
  const severity = FINDING_SEVERITIES[code];
  return Object.freeze({ code, severity, object, ...(path === undefined ? {} : { path }), message });
}
