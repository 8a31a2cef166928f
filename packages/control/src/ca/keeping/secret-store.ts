/** One Secret of the API, read, watched, and written only by who has seen its newest version. */
import { kubernetes } from '@weft/api';
import { type KubeClient, resourceOf } from '@weft/kube/client';
import { isApiStatusError } from '@weft/kube/shared';

/** What a Secret says, decoded. */
export interface StoredSecret {
  readonly data: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

/** What is written. */
export type SecretContent = Omit<StoredSecret, 'resourceVersion'>;

/** A Secret that several replicas write: whoever was too late is told so, and reads again. */
export interface SecretStore {
  /** How messages name it. */
  readonly name: string;
  read(signal?: AbortSignal): Promise<StoredSecret | undefined>;
  /** Creates it; `conflict` when somebody else was first. */
  create(content: SecretContent): Promise<StoredSecret | 'conflict'>;
  /** Replaces the version given; `conflict` when it is not the newest. */
  replace(content: SecretContent, resourceVersion: string): Promise<StoredSecret | 'conflict'>;
  /** Tells of the Secret as it is now, if there is one, and of every later change; undefined once it is gone. */
  watch(onChange: (secret: StoredSecret | undefined) => void): () => Promise<void>;
}

/** What annotations of ours begin with. */
export const OWN_PREFIX = 'ca.weft.dev/';

/** Where a Secret is, and what kind of Secret it is. */
export interface SecretLocation {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
}

/** A Secret of an API server. */
export function kubeSecretStore(client: KubeClient, location: SecretLocation): SecretStore {
  const { namespace, name, type } = location;
  const secrets = client.resource(kubernetes.core.secret, { namespace });
  const encode = (data: SecretContent['data']) =>
    Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]));
  return {
    name: `Secret ${namespace}/${name}`,
    read: async (signal) => {
      const found = await secrets.find(name, { signal });
      return found === undefined ? undefined : decode(found);
    },
    create: async ({ annotations, data }) => {
      try {
        return decode(await secrets.create({ metadata: { name, namespace, annotations }, type, data: encode(data) }));
      } catch (thrown: unknown) {
        if (isApiStatusError(thrown, 'AlreadyExists')) return 'conflict';
        throw thrown;
      }
    },
    replace: async ({ annotations, data }, resourceVersion) => {
      const current = await secrets.find(name);
      if (current === undefined || current.metadata.resourceVersion !== resourceVersion) return 'conflict';
      // What others have written on it stays.
      const others = Object.entries(current.metadata.annotations ?? {}).filter(([key]) => !key.startsWith(OWN_PREFIX));
      const metadata = { ...current.metadata, annotations: { ...Object.fromEntries(others), ...annotations } };
      try {
        return decode(await secrets.replace({ ...current, metadata, data: encode(data) }));
      } catch (thrown: unknown) {
        if (isApiStatusError(thrown, 'Conflict', 'NotFound')) return 'conflict';
        throw thrown;
      }
    },
    watch: (onChange) => {
      const { informer, release } = client.informers.acquire({
        resource: resourceOf(kubernetes.core.secret),
        namespace,
        fieldSelector: `metadata.name=${name}`,
      });
      const removeHandler = informer.addHandler({
        onAdd: (secret) => onChange(decode(secret)),
        onUpdate: (secret) => onChange(decode(secret)),
        onDelete: () => onChange(undefined),
      });
      return async () => {
        removeHandler();
        await release();
      };
    },
  };
}

function decode(secret: kubernetes.core.Secret): StoredSecret {
  const data = Object.entries(secret.data ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString('utf8'),
  ]);
  return {
    data: Object.fromEntries(data) as Readonly<Record<string, string>>,
    annotations: secret.metadata.annotations ?? {},
    resourceVersion: secret.metadata.resourceVersion ?? '',
  };
}
