/** What every namespace has: the service account `default` and the CA that pods trust. */

import { kinds } from '../kinds.ts';
import type { WatchHandle } from '../store/types.ts';
import type { Controller, ControllerContext } from './types.ts';
import { KeyWorker } from './worker.ts';

/** Name of the ConfigMap that carries the cluster's CA in every namespace. */
export const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';

/** Keeps the defaults of namespaces in place. */
export class NamespaceDefaultsController implements Controller {
  readonly name = 'namespace-defaults';
  private readonly context: ControllerContext;
  private readonly caPem: string;
  private readonly worker: KeyWorker;
  private handles: WatchHandle[] = [];

  constructor(context: ControllerContext, caPem: string) {
    this.context = context;
    this.caPem = caPem;
    this.worker = new KeyWorker({ ...context, name: this.name }, (key) => this.reconcile(key));
  }

  start(): void {
    const { client } = this.context;
    this.handles = [
      client.follow(kinds.namespace, ({ type, entry }) => {
        if (type !== 'DELETED') this.worker.add(entry.name);
      }),
      client.follow(kinds.serviceAccount, ({ type, entry }) => {
        if (type === 'DELETED' && entry.name === 'default') this.worker.add(entry.namespace);
      }),
      client.follow(kinds.configMap, ({ type, entry }) => {
        if (type !== 'ADDED' && entry.name === ROOT_CA_CONFIG_MAP) this.worker.add(entry.namespace);
      }),
    ];
  }

  async stop(): Promise<void> {
    for (const handle of this.handles) handle.stop();
    await this.worker.stop();
  }

  private async reconcile(namespace: string): Promise<void> {
    const { client } = this.context;
    const object = client.get(kinds.namespace, '', namespace);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
    await client.ensure(kinds.serviceAccount, namespace, { metadata: { name: 'default', namespace } });
    const data = { 'ca.crt': this.caPem };
    const existing = client.get(kinds.configMap, namespace, ROOT_CA_CONFIG_MAP);
    if (existing === undefined) {
      await client.ensure(kinds.configMap, namespace, { metadata: { name: ROOT_CA_CONFIG_MAP, namespace }, data });
    } else if ((existing['data'] as Record<string, string> | undefined)?.['ca.crt'] !== this.caPem) {
      await client.change(kinds.configMap, { namespace, name: ROOT_CA_CONFIG_MAP }, (current) => ({
        ...current,
        data,
      }));
    }
  }
}
