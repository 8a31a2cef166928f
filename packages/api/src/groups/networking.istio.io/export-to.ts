/** To which namespaces an object is visible. */
import { type FieldPath, type IssueReport, list, type Schema, string } from '../../schema/index.ts';
import { isDnsLabel } from '../../validation/hosts.ts';

/** The list of namespaces that see an object. */
export function exportTo(what: string): Schema<string[]> {
  return list(
    `Namespaces that see this ${what}: names, "." for its own, or "*" for all; empty means the default of the mesh.`,
    string('A namespace, "." or "*".'),
  );
}

/** What differs between the kinds that can be exported. */
export interface ExportRules {
  /** `~` hides a service even from its own namespace. */
  readonly allowsNone?: boolean;
  /** A rule for selected workloads must not leave its namespace. */
  readonly staysInNamespace?: boolean;
}

/** Checks that entries are namespaces, unique, and do not contradict each other. */
export function checkExportTo(
  entries: readonly string[] | undefined,
  namespace: string | undefined,
  path: FieldPath,
  report: IssueReport,
  rules: ExportRules = {},
): void {
  if (entries === undefined || entries.length === 0) return;
  const seen = new Set<string>();
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    const key = entry === '.' && namespace !== undefined && namespace !== '' ? namespace : entry;
    if (seen.has(key)) report.duplicate(path.index(i), entry);
    else if (!isVisibility(entry, rules)) {
      report.invalid(path.index(i), entry, 'must be a namespace, ".", or "*"');
      continue;
    }
    seen.add(key);
  }
  if (entries.length > 1 && seen.has('*')) {
    report.invalid(path, entries, 'cannot have both public (*) and non-public exportTo values for a resource');
  }
  if (entries.length > 1 && seen.has('~')) {
    report.invalid(path, entries, 'cannot export service entry to no one (~) and someone');
  }
  if (rules.staysInNamespace === true && !(seen.size === 1 && (seen.has('.') || seen.has(namespace ?? '')))) {
    report.invalid(
      path,
      entries,
      'destination rule with workload selector cannot have exportTo beyond current namespace',
    );
  }
}

function isVisibility(entry: string, rules: ExportRules): boolean {
  return entry === '.' || entry === '*' || (entry === '~' && rules.allowsNone === true) || isDnsLabel(entry);
}
