/** Makes an API hold what a folder says: what is new or different is applied, what has gone from the folder is deleted. */
import type { ApiObject } from '@weft/api';
import { kubernetes } from '@weft/api';
import { describeError } from '@weft/core';
import type { KubeClient } from '@weft/kube/client';
import { isApiStatusError } from '@weft/kube/shared';
import { type FolderObject, type FolderProblem, readFolder } from './read-folder.ts';

/** What one run did. */
export interface FolderReport {
  /** `group/Kind/namespace/name` of each. */
  readonly applied: readonly string[];
  readonly deleted: readonly string[];
  readonly problems: readonly FolderProblem[];
}

/** The owner of the fields that a folder names. */
const FIELD_MANAGER = 'weft-folder';

/** What others need is there before them. */
const FIRST_KINDS = ['CustomResourceDefinition', 'Namespace'];

interface Applied {
  readonly file: string;
  /** What was applied, as JSON. */
  readonly text: string;
  readonly object: ApiObject;
}

/** See the file's head. */
export class FolderSync {
  readonly #folder: string;
  readonly #client: KubeClient;
  /** What the API was made to hold; written by `run` alone. */
  readonly #applied = new Map<string, Applied>();
  readonly #namespaces = new Set<string>();

  constructor(folder: string, client: KubeClient) {
    this.#folder = folder;
    this.#client = client;
  }

  /** Brings the API up to date. Runs must not overlap. What cannot be applied is a problem, and tried again in the next run. */
  async run(): Promise<FolderReport> {
    const { objects, problems: found, unreadable } = await readFolder(this.#folder);
    const problems = [...found];
    const applied: string[] = [];
    for (const [id, object] of [...objects].sort(([, a], [, b]) => rank(a) - rank(b))) {
      const text = JSON.stringify(object.object);
      if (this.#applied.get(id)?.text === text) continue;
      const problem = await this.#apply(object);
      if (problem === undefined) {
        this.#applied.set(id, { file: object.file, text, object: object.object });
        applied.push(id);
      } else problems.push({ file: object.file, line: object.line, message: problem });
    }
    const deleted = await this.#deleteGone(objects, unreadable, problems);
    return { applied, deleted, problems };
  }

  async #deleteGone(
    objects: ReadonlyMap<string, FolderObject>,
    unreadable: ReadonlySet<string>,
    problems: FolderProblem[],
  ): Promise<string[]> {
    const gone = [...this.#applied].filter(([id, { file }]) => !objects.has(id) && !unreadable.has(file));
    const deleted: string[] = [];
    for (const [id, { object, file }] of gone.reverse()) {
      try {
        await (await this.#collectionOf(object)).delete(object.metadata.name ?? '');
      } catch (thrown) {
        if (!isApiStatusError(thrown, 'NotFound')) {
          problems.push({ file, line: 1, message: `${id} could not be deleted: ${describeError(thrown)}` });
          continue;
        }
      }
      this.#applied.delete(id);
      deleted.push(id);
    }
    return deleted;
  }

  /** Why the object was not applied. */
  async #apply({ object }: FolderObject): Promise<string | undefined> {
    const { resourceVersion: _revision, uid: _uid, managedFields: _fields, ...metadata } = object.metadata;
    try {
      await this.#ensureNamespace(metadata.namespace);
      const collection = await this.#collectionOf(object);
      await collection.apply({ ...object, metadata }, { fieldManager: FIELD_MANAGER, force: true });
      return undefined;
    } catch (thrown) {
      return describeError(thrown);
    }
  }

  async #ensureNamespace(name: string | undefined): Promise<void> {
    if (name === undefined || this.#namespaces.has(name)) return;
    try {
      await this.#client.resource(kubernetes.core.namespace).create({ metadata: { name } });
    } catch (thrown) {
      if (!isApiStatusError(thrown, 'AlreadyExists')) throw thrown;
    }
    this.#namespaces.add(name);
  }

  #collectionOf({ apiVersion, kind, metadata }: ApiObject) {
    return this.#client.dynamic(apiVersion, kind, metadata.namespace);
  }
}

function rank({ object }: FolderObject): number {
  const at = FIRST_KINDS.indexOf(object.kind);
  return at === -1 ? FIRST_KINDS.length : at;
}
