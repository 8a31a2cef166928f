/**
 * Secrets from files: an answer of SDS as JSON or YAML, and the certificates and keys that it names. All of it is read again whenever something in
 * the directories of these files changes, and what has changed goes to the store.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Clock, Debounce, type Logger } from '@weft/core';
import {
  type BootstrapRuntime,
  type ConfigSources,
  compileResource,
  type ResourceNeed,
  type RuntimeSource,
  type SecretRuntime,
} from '@weft/engine';
import type { Secret } from '@weft/proto/envoy/extensions/transport_sockets/tls/v3/secret';
import { fromJson, Problems } from '@weft/proto/lite';
import { type FileWatcher, systemFileWatcher } from './file-watcher.ts';
import type { SecretStore } from './secret-store.ts';

/** How files are read. */
export interface SecretFiles {
  /** Reads what secrets refer to. */
  readonly sources: ConfigSources;
  /** Parses JSON or YAML; throws what is wrong with it. */
  readonly parse: (text: string) => unknown;
  /** The system's own unless given. */
  readonly watcher?: FileWatcher;
}

/** What file secrets are made of. */
export interface FileSecretsParts {
  readonly files: SecretFiles;
  readonly store: SecretStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runtime: RuntimeSource;
}

/** The type of secrets. */
export const SECRET_TYPE = 'envoy.extensions.transport_sockets.tls.v3.Secret';

/** A pair of files is rarely changed at once: what comes within this time is one change. */
const QUIET_MS = 50;
const MAX_WAIT_MS = 1000;

/** What a bootstrap needs from files: the file, and the directory to watch instead of its own. */
export interface SecretFile {
  readonly file: string;
  readonly watchedDirectory: string | undefined;
  /** The secrets that are wanted of it. */
  readonly names: ReadonlySet<string>;
}

/** The files that a bootstrap wants secrets of. */
export function secretFilesOf({ listeners, clusters }: BootstrapRuntime): readonly SecretFile[] {
  const files = new Map<string, { file: string; watchedDirectory: string | undefined; names: Set<string> }>();
  for (const need of [...listeners, ...clusters].flatMap(({ needs }) => needs)) {
    const source = fileSourceOf(need);
    if (source === undefined) continue;
    const known = files.get(source.path) ?? {
      file: source.path,
      watchedDirectory: source.watchedDirectory?.path,
      names: new Set<string>(),
    };
    known.names.add(need.name);
    files.set(source.path, known);
  }
  return [...files.values()];
}

/** Where the file of a need is; undefined when it needs no secret, or none of a file. */
export function fileSourceOf({ typeName, source }: ResourceNeed) {
  const { configSourceSpecifier: given } = source;
  return typeName === SECRET_TYPE && given.case === 'pathConfigSource' ? given.value : undefined;
}

/** See the file's head. */
export class FileSecrets {
  readonly #parts: FileSecretsParts;
  readonly #files: readonly SecretFile[];
  readonly #debounce: Debounce<undefined>;
  /** Key: the secret's name; the hash of all that it was made of. Sole writer: #take. */
  readonly #hashes = new Map<string, string>();
  /** Key: the directory. Sole writers: #watch and close. */
  readonly #watchers = new Map<string, { close(): void }>();

  constructor(files: readonly SecretFile[], parts: FileSecretsParts) {
    this.#files = files;
    this.#parts = parts;
    this.#debounce = new Debounce({
      clock: parts.clock,
      quietMs: QUIET_MS,
      maxWaitMs: MAX_WAIT_MS,
      merge: () => undefined,
      run: () => this.load(),
    });
  }

  /** Reads everything now, and again after each change. */
  load(): void {
    for (const file of this.#files) this.#loadFile(file);
  }

  /** Looks at files no more. */
  close(): void {
    this.#debounce.close();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #loadFile({ file, watchedDirectory, names }: SecretFile): void {
    this.#watch(watchedDirectory ?? path.dirname(file));
    try {
      const text = readFileSync(file, 'utf8');
      for (const data of resourcesOf(this.#parts.files.parse(text))) this.#take(data, names, file);
    } catch (thrown) {
      this.#report(file, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #take(data: unknown, names: ReadonlySet<string>, file: string): void {
    const hash = createHash('sha256').update(JSON.stringify(data));
    const problems = new Problems();
    const message = fromJson<Secret>(SECRET_TYPE, data, problems);
    if (message === undefined || !problems.isEmpty) {
      this.#report(file, problems.list.map(({ path: at, reason }) => `${at}: ${reason}`).join('; '));
      return;
    }
    if (!names.has(message.name)) return;
    const compiled = compileResource(message, '', {
      ...this.#parts.files.sources,
      runtime: this.#parts.runtime,
      loadData: (source, name) => {
        if (source === 'filename') this.#watch(path.dirname(name));
        const loaded = this.#parts.files.sources.loadData(source, name);
        if (loaded.kind === 'ok') hash.update(loaded.value);
        return loaded;
      },
    });
    if (compiled.kind === 'err') {
      this.#report(file, compiled.error.map(({ path: at, reason }) => `${at}: ${reason}`).join('; '));
      return;
    }
    const secret = compiled.value.value as SecretRuntime;
    for (const directory of watchedDirectoriesOf(secret)) this.#watch(directory);
    const digest = hash.digest('hex');
    if (this.#hashes.get(secret.name) === digest) return;
    this.#hashes.set(secret.name, digest);
    this.#parts.store.set(secret);
    this.#parts.logger.info('a secret was read', { name: secret.name, file });
  }

  #watch(directory: string): void {
    if (this.#watchers.has(directory)) return;
    try {
      const { watcher = systemFileWatcher } = this.#parts.files;
      this.#watchers.set(
        directory,
        watcher.watch(directory, () => this.#debounce.trigger(undefined)),
      );
    } catch (thrown) {
      this.#report(directory, thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #report(file: string, reason: string): void {
    this.#parts.logger.error('secrets cannot be read: those that were read before stay in use', { file, reason });
  }
}

/** The resources of an answer of SDS, or the one resource that is there instead. */
function resourcesOf(data: unknown): readonly unknown[] {
  if (typeof data !== 'object' || data === null) throw new Error('is no answer of SDS: it needs resources');
  const { resources } = data as { resources?: unknown };
  if (!Array.isArray(resources)) throw new Error('is no answer of SDS: it needs resources');
  return resources.map((resource: unknown) => withoutType(resource));
}

const TYPE_URL = `type.googleapis.com/${SECRET_TYPE}`;

function withoutType(resource: unknown): unknown {
  if (typeof resource !== 'object' || resource === null) return resource;
  const { '@type': type, ...rest } = resource as Readonly<Record<string, unknown>>;
  if (type !== TYPE_URL) throw new Error(`holds a resource of type ${JSON.stringify(type)}, not ${TYPE_URL}`);
  return rest;
}

function watchedDirectoriesOf(secret: SecretRuntime): readonly string[] {
  const directory =
    secret.kind === 'certificate'
      ? secret.certificate.watchedDirectory
      : secret.kind === 'validation'
        ? secret.validation.watchedDirectory
        : undefined;
  return directory === undefined ? [] : [directory];
}
