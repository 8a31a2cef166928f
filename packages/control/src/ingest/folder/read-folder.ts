/** What a folder of manifests says. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ApiObject, builtinKinds, parseApiVersion } from '@weft/api';
import { thrownMessage } from '@weft/core';
import { findManifestFiles, parseManifests } from '@weft/kube/manifest';

/** A place in the folder. */
export interface FolderPlace {
  /** Relative to the folder. */
  readonly file: string;
  readonly line: number;
}

/** An object of the folder. */
export interface FolderObject extends FolderPlace {
  readonly object: ApiObject;
}

/** What is wrong in the folder. */
export interface FolderProblem extends FolderPlace {
  readonly message: string;
}

/** A folder that was read. */
export interface FolderContent {
  /** By `group/Kind/namespace/name`. */
  readonly objects: ReadonlyMap<string, FolderObject>;
  readonly problems: readonly FolderProblem[];
  /** Files that could not be read as a whole: what they said before still holds. */
  readonly unreadable: ReadonlySet<string>;
}

/** Objects without a namespace are put here. */
const DEFAULT_NAMESPACE = 'default';

/** Reads all manifests below a folder. */
export async function readFolder(folder: string): Promise<FolderContent> {
  const objects = new Map<string, FolderObject>();
  const problems: FolderProblem[] = [];
  const unreadable = new Set<string>();
  for (const full of await findManifestFiles([folder])) {
    const file = path.relative(folder, full);
    let text: string;
    try {
      text = await readFile(full, 'utf8');
    } catch (thrown) {
      problems.push({ file, line: 1, message: thrownMessage(thrown) });
      unreadable.add(file);
      continue;
    }
    for (const item of parseManifests(text, file)) {
      const { line } = item;
      if (item.kind === 'problem') {
        problems.push({ file, line, message: item.message });
        unreadable.add(file);
        continue;
      }
      const object = placed(item.object);
      const id = idOf(object);
      const first = objects.get(id);
      if (first === undefined) objects.set(id, { file, line, object });
      else problems.push({ file, line, message: `${id} is already in ${first.file}:${first.line}, which counts` });
    }
  }
  return { objects, problems, unreadable };
}

/** `group/Kind/namespace/name` */
export function idOf({ apiVersion, kind, metadata }: ApiObject): string {
  return `${parseApiVersion(apiVersion).group}/${kind}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`;
}

function placed(object: ApiObject): ApiObject {
  const isClusterWide = builtinKinds.byApiVersion(object.apiVersion, object.kind)?.scope === 'Cluster';
  if (isClusterWide || (object.metadata.namespace ?? '') !== '') return object;
  return { ...object, metadata: { ...object.metadata, namespace: DEFAULT_NAMESPACE } };
}
