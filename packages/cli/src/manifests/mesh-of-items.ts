/** The mesh of manifest files, and what is wrong with the objects in them, each with its place. */
import { type ApiObject, builtinKinds } from '@weft/api';
import { type GivenMesh, snapshotOf } from '@weft/control/ingest';
import type { Finding as MeshFinding, MeshOptions } from '@weft/control/mesh';
import type { ManifestItem, ManifestObject } from '@weft/kube/manifest';
import { checkManifest } from './check-manifest.ts';
import { customKindsIn } from './custom-kinds.ts';

/** Something to tell about a place. */
export interface PlacedFinding {
  /** Undefined for what is said of no object of the files. */
  readonly place: { readonly file: string; readonly line: number } | undefined;
  readonly severity: 'error' | 'warning' | 'info';
  /** `Kind namespace/name`; empty for text that is no object. */
  readonly object: string;
  readonly message: string;
}

/** A mesh with the places of its objects. */
export interface MeshOfItems extends GivenMesh {
  /** What validation says. */
  readonly findings: readonly PlacedFinding[];
  /** Gives a finding of the mesh its place. */
  place(finding: MeshFinding): PlacedFinding;
}

/** Objects without a namespace are put here. */
const DEFAULT_NAMESPACE = 'default';

/** Makes the mesh of all objects that are valid; the others are told of and left out. Of two with one name the first counts. */
export function meshOfItems(items: readonly ManifestItem[], options: Partial<MeshOptions>): MeshOfItems {
  const custom = customKindsIn(items);
  const findings: PlacedFinding[] = [];
  const places = new Map<string, ManifestObject>();
  const objects: ApiObject[] = [];
  for (const item of items) {
    const checked = checkManifest(item, custom);
    const { file } = item;
    const object = titleOf(checked);
    for (const { severity, line, message } of checked.findings) {
      findings.push({ place: { file, line }, severity, object, message });
    }
    if (item.kind === 'problem' || !checked.isValid) continue;
    const placed = withNamespace(item.object);
    const id = idOf(placed.kind, placed.metadata);
    const first = places.get(id);
    if (first === undefined) {
      places.set(id, item);
      objects.push(placed);
    } else {
      const message = `is already in ${first.file}:${first.line}, which counts`;
      findings.push({ place: { file, line: item.line }, severity: 'error', object, message });
    }
  }
  return {
    ...snapshotOf(objects, options),
    findings,
    place({ object: { kind, namespace, name }, severity, path = '', message, code }) {
      const item = places.get(idOf(kind === 'KubernetesGateway' ? 'Gateway' : kind, { namespace, name }));
      return {
        place: item && { file: item.file, line: item.lineOf(path) },
        severity,
        object: titleOf({ kind, namespace, name }),
        message: `${path === '' ? '' : `${path}: `}${message} [${code}]`,
      };
    },
  };
}

/** `file:line: error: Kind namespace/name: what is wrong`. */
export function describeFinding({ place, severity, object, message }: PlacedFinding): string {
  const parts = [place === undefined ? '' : `${place.file}:${place.line}`, severity, object, message];
  return parts.filter((part) => part !== '').join(': ');
}

function withNamespace(object: ApiObject): ApiObject {
  const isClusterWide = builtinKinds.byApiVersion(object.apiVersion, object.kind)?.scope === 'Cluster';
  if (isClusterWide || (object.metadata.namespace ?? '') !== '') return object;
  return { ...object, metadata: { ...object.metadata, namespace: DEFAULT_NAMESPACE } };
}

type Named = { readonly namespace?: string | undefined; readonly name?: string | undefined };

function idOf(kind: string, { namespace = '', name = '' }: Named): string {
  return `${kind}/${namespace}/${name}`;
}

function titleOf({ kind, namespace, name }: { readonly kind: string } & Named): string {
  if (kind === '') return '';
  return `${kind} ${[namespace, name].filter((part) => part !== undefined && part !== '').join('/')}`;
}
