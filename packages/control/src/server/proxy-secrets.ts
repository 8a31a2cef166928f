/** The secrets of connected proxies: the roots for everybody, and a certificate for those whose keys may be made here. */
import { type Logger, unwrap } from '@weft/core';
import { workloadSpiffeId } from '@weft/identity';
import { createResourceSet, type ResourceSet, type ServedResource, serveResource } from '@weft/xds/server';
import { SDS_NAME, type SdsSecret, type SdsSecrets, SECRET_TYPE } from '../ca/index.ts';
import type { MeshProxy } from '../mesh/index.ts';
import type { ProxyAttachment } from '../push/proxy-attachment.ts';

const TYPE_URL = `type.googleapis.com/${SECRET_TYPE}`;

/** Whose identity a proxy has when it has proved none. */
const DEFAULT_ACCOUNT = 'default';

/**
 * Follows the secrets of a proxy. `isTrusted`: it runs on this machine and is taken for who it says it is, so that its key is made here; all
 * others make their keys themselves.
 */
export function attachSecrets(
  secrets: SdsSecrets,
  { id, namespace, serviceAccount }: MeshProxy,
  trustDomain: string,
  isTrusted: boolean,
  onChange: () => void,
  log: Logger,
): ProxyAttachment {
  const account = serviceAccount === '' ? DEFAULT_ACCOUNT : serviceAccount;
  const spiffe = workloadSpiffeId({ trustDomain, namespace, serviceAccount: account });
  const own =
    isTrusted && spiffe.kind === 'ok'
      ? secrets.acquire(SDS_NAME.workload, { id: unwrap(spiffe), isLocal: true })
      : undefined;
  if (own?.kind === 'err') log.warning('a proxy gets no certificate', { proxy: id, reason: own.error.message });
  const lease = own?.kind === 'ok' ? own.value : undefined;
  const watches = [secrets.roots, ...(lease === undefined ? [] : [lease.secret])];
  const stops = watches.map((watch) => watch.subscribe(onChange));
  return {
    typeUrl: TYPE_URL,
    set: () => setOf(watches.flatMap((watch) => watch.get() ?? [])),
    release: () => {
      for (const stop of stops) stop();
      lease?.release();
    },
  };
}

function setOf(all: readonly SdsSecret[]): ResourceSet {
  const byName = new Map<string, ServedResource>();
  for (const { name, version, bytes } of all) {
    byName.set(name, serveResource({ name, version, typeUrl: TYPE_URL, value: bytes }));
  }
  return createResourceSet(all.map(({ name, version }) => `${name} ${version}`).join(' '), byName);
}
