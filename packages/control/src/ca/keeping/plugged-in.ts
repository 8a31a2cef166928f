/** Authorities that the owner of the mesh brings along: the Secret `cacerts`, or the same files in a folder. */
import { type Logger, MeshError } from '@weft/core';
import {
  type CaContext,
  type CaFiles,
  type CaMaterial,
  type CaOrigin,
  caFilesOf,
  parseCaMaterial,
} from './ca-files.ts';
import type { SecretStore, StoredSecret } from './secret-store.ts';

/** Where a plugged-in authority is looked for. */
export interface PluggedInSource {
  readonly origin: CaOrigin;
  /** How messages name it. */
  readonly name: string;
  /** The files as they are now; undefined when nobody plugged anything in. */
  read(): Promise<CaFiles | undefined>;
  /** Tells of the files after each change. */
  watch(onChange: (files: CaFiles | undefined) => void): () => Promise<void>;
}

/** The Secret `cacerts`. */
export function pluggedInSecret(store: SecretStore): PluggedInSource {
  const filesOf = (secret: StoredSecret | undefined): CaFiles | undefined =>
    secret === undefined ? undefined : caFilesOf((name) => secret.data[name]);
  return {
    origin: 'cacerts',
    name: store.name,
    read: async () => filesOf(await store.read()),
    watch: (onChange) => store.watch((secret) => onChange(filesOf(secret))),
  };
}

/** Reads what is plugged in; throws when it cannot be used: falling back to another root would part the mesh in two. */
export async function readPluggedIn(source: PluggedInSource, context: CaContext): Promise<CaMaterial | undefined> {
  const files = await source.read();
  if (files === undefined) return undefined;
  const material = parseCaMaterial(files, source.origin, context);
  if (material.kind === 'ok') return material.value;
  throw new MeshError('MESH_CERTIFICATE', `${source.name} cannot be used: ${material.error.message}`, {
    cause: material.error,
    hint: material.error.hint ?? 'correct it, or remove it to let the mesh make a root of its own',
  });
}

/** Follows what is plugged in; what cannot be used, or is gone, changes nothing. */
export function followPluggedIn(
  source: PluggedInSource,
  context: CaContext,
  log: Logger,
  onMaterial: (material: CaMaterial) => void,
): () => Promise<void> {
  let wasThere = false;
  return source.watch((files) => {
    if (files === undefined) {
      if (wasThere)
        log.warning('the plugged-in authority is gone: it is used until the next start', { source: source.name });
      return;
    }
    wasThere = true;
    const material = parseCaMaterial(files, source.origin, context);
    if (material.kind === 'ok') onMaterial(material.value);
    else {
      log.error('a plugged-in authority cannot be used: the one before stays in use', {
        source: source.name,
        reason: material.error.message,
      });
    }
  });
}
