/** A proxy without a data plane: it fetches, accepts and keeps everything that a control plane sends it. */
import type { Message } from '@bufbuild/protobuf';
import { err, noopLogger, ok, systemClock, systemRandom } from '@weft/core';
import type { Json } from '@weft/proto/lite';
import { create, decode, Problems, toJson } from '@weft/proto/lite';
import {
  type AdsPlan,
  type GrpcServicePlan,
  ResourceCoordinator,
  type ResourceKind,
  typeUrls,
  XdsClient,
  type XdsNode,
} from '@weft/xds';
import { GrpcTransport } from '@weft/xds/test-support';

/** What a test asks of it. */
export interface ConnectedProxy {
  /** Names of the resources in use, by the end of their type: `Cluster`. */
  names(type: string): readonly string[];
  /** A resource in use as JSON text; empty when there is none. */
  text(type: string, name: string): string;
  close(): void;
}

const ADS: AdsPlan = { kind: 'ads', key: 'ads', initialFetchMs: 15_000 };
const SERVICE: GrpcServicePlan = {
  variant: 'delta',
  targets: [
    {
      kind: 'cluster',
      clusterName: 'control',
      authority: '',
      isWithoutEnvoyHeaders: false,
      metadata: [],
      maxMessageBytes: undefined,
      backoff: { baseMs: 5, maxMs: 50, jitter: 'full' },
    },
  ],
  isNodeOnFirstOnly: true,
  rateLimit: undefined,
};
const { cluster, endpoints, listener, route } = typeUrls;

/** Connects to the port; `refuses` says why it does not take a resource. */
export function connectProxy(
  t: { after(fn: () => void): void },
  port: number,
  node: { readonly id: string; readonly metadata?: Readonly<Record<string, Json>> },
  refuses: (type: string, name: string, text: string) => string | undefined = () => undefined,
): ConnectedProxy {
  const inUse = new Map<string, string>();
  const transports: GrpcTransport[] = [];
  const client = new XdsClient({
    node: create<XdsNode & Message>('envoy.config.core.v3.Node', node as never),
    ads: SERVICE,
    connect: () => {
      const transport = new GrpcTransport(`127.0.0.1:${port}`);
      transports.push(transport);
      return transport;
    },
    watchFile: () => {
      throw new Error('no file is named');
    },
    clock: systemClock,
    random: systemRandom,
    logger: noopLogger,
  });
  const kindOf = (typeUrl: string, referenced: string | undefined): ResourceKind<string> => ({
    typeUrl,
    compile: ({ name, value }) => {
      const typeName = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
      const message = decode<Message>(typeName as never, value, new Problems());
      const text = message === undefined ? '' : JSON.stringify(toJson(message));
      const reason = refuses(typeName.slice(typeName.lastIndexOf('.') + 1), name, text);
      if (reason !== undefined) return err([reason]);
      return ok({ value: text, references: referencesIn(text, name, referenced) });
    },
  });
  const coordinator = new ResourceCoordinator<string>({
    client,
    clock: systemClock,
    kinds: [
      kindOf(cluster, endpoints),
      kindOf(endpoints, undefined),
      kindOf(listener, route),
      kindOf(route, undefined),
    ],
    roots: [
      { typeUrl: cluster, source: ADS },
      { typeUrl: listener, source: ADS },
    ],
    onCommit: (changes) => {
      for (const { key, value } of changes) {
        const id = `${key.typeUrl.slice(key.typeUrl.lastIndexOf('.') + 1)}/${key.name}`;
        if (value === undefined) inUse.delete(id);
        else inUse.set(id, value);
      }
    },
    logger: noopLogger,
  });
  const close = () => {
    client.close();
    for (const transport of transports) transport.close();
  };
  t.after(close);
  coordinator.start();
  client.start();
  return {
    names: (type) => [...inUse.keys()].filter((id) => id.startsWith(`${type}/`)).map((id) => id.slice(type.length + 1)),
    text: (type, name) => inUse.get(`${type}/${name}`) ?? '',
    close,
  };
}

/** Endpoints of the cluster's own name, and routes that the connection managers of a listener name. */
function referencesIn(text: string, name: string, referenced: string | undefined) {
  if (referenced === endpoints) return text.includes('"type":"EDS"') ? [{ typeUrl: endpoints, name, source: ADS }] : [];
  if (referenced !== route) return [];
  const names = new Set([...text.matchAll(/"routeConfigName":"([^"]+)"/g)].map(([, found]) => found!));
  return [...names].map((found) => ({ typeUrl: route, name: found, source: ADS }));
}
