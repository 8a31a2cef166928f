/** What is wrong with one object of a file. Pure: the same functions as in the API server. */
import { type AnyKind, builtinKinds, formatIssue, type KindRegistry, parseApiVersion, prepare } from '@weft/api';
import type { ManifestItem, ManifestObject } from '@weft/kube/manifest';

/** One thing to tell about a place in a file. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly line: number;
  /** Field path; empty for the object as a whole. */
  readonly field: string;
  readonly message: string;
}

/** The verdict on one object, or on text that is none. */
export interface CheckedManifest {
  readonly file: string;
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly isValid: boolean;
  readonly findings: readonly Finding[];
}

/** Checks one item of a file against the kinds that Weft has built in and those given beside them. */
export function checkManifest(item: ManifestItem, custom?: KindRegistry): CheckedManifest {
  if (item.kind === 'problem') {
    const finding: Finding = {
      severity: 'error',
      line: item.line,
      field: '',
      message: `${item.message} (column ${item.column})`,
    };
    return { ...NOTHING, file: item.file, line: item.line, isValid: false, findings: [finding] };
  }
  const { object, file, line } = item;
  const findings = findingsOf(item, custom);
  return {
    file,
    line,
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: typeof object.metadata.namespace === 'string' ? object.metadata.namespace : '',
    name: typeof object.metadata.name === 'string' ? object.metadata.name : '',
    isValid: findings.every((finding) => finding.severity !== 'error'),
    findings,
  };
}

const NOTHING = { apiVersion: '', kind: '', namespace: '', name: '' };

function findingsOf(item: ManifestObject, custom: KindRegistry | undefined): Finding[] {
  const { object, line } = item;
  const kind = kindOf(object.apiVersion, object.kind, custom);
  if (kind === undefined)
    return [{ severity: 'error', line, field: '', message: unknownKind(object.apiVersion, object.kind) }];
  const { version } = parseApiVersion(object.apiVersion);
  const served = kind.versions.filter((v) => v.isServed !== false).map((v) => v.name);
  if (!served.includes(version)) {
    const message = `${object.kind} has no version ${version}: served versions are ${served.join(', ')}`;
    return [{ severity: 'error', line: item.lineOf('apiVersion'), field: 'apiVersion', message }];
  }
  const prepared = prepare(kind, version, object);
  return [
    ...item.duplicates.map(({ path, line: at }) => error(at, path, `duplicate field "${path}"`)),
    ...prepared.unknownFields.map((field) => error(item.lineOf(field), field, `unknown field "${field}"`)),
    ...prepared.issues.map((issue) => error(item.lineOf(issue.field), issue.field, formatIssue(issue))),
    ...prepared.warnings.map(
      (message): Finding => ({
        severity: 'warning',
        line: item.lineOf(fieldIn(message)),
        field: fieldIn(message),
        message,
      }),
    ),
  ];
}

function error(line: number, field: string, message: string): Finding {
  return { severity: 'error', line, field, message };
}

/** Warnings start with their field where they are about one. */
function fieldIn(message: string): string {
  return /^([a-z][\w.[\]-]*): /i.exec(message)?.[1] ?? '';
}

function kindOf(apiVersion: string, name: string, custom: KindRegistry | undefined): AnyKind | undefined {
  return builtinKinds.byApiVersion(apiVersion, name) ?? custom?.byApiVersion(apiVersion, name);
}

function unknownKind(apiVersion: string, name: string): string {
  const same = builtinKinds.kinds.filter((kind) => kind.kind.toLowerCase() === name.toLowerCase());
  const [known] = same;
  if (known === undefined) return `no matches for kind "${name}" in version "${apiVersion}"`;
  const group = known.group === '' ? '' : `${known.group}/`;
  return `no matches for kind "${name}" in version "${apiVersion}": did you mean ${known.kind} in ${group}${known.storageVersion}?`;
}
