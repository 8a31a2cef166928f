import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noopLogger, seededRandom } from '@weft/core';
import { fromJson, Problems } from '@weft/proto/lite';
import { FakeClock } from '@weft/testkit';
import type { XdsNode } from '../protocol/messages.ts';
import { typeUrls } from '../protocol/resource-types.ts';
import { ManualTransport } from '../test-support/manual-transport.ts';
import { RecordingHandler } from '../test-support/recording-handler.ts';
import { readSotwRequest, resourceOf, testNode, writeSotwResponse } from '../test-support/wire-messages.ts';
import type { AdsPlan, GrpcPlan, GrpcServicePlan } from './config-source.ts';
import type { GrpcTarget } from './grpc-target.ts';
import { XdsClient } from './xds-client.ts';

const { cluster, endpoints, listener, virtualHost } = typeUrls;
const ads: AdsPlan = { kind: 'ads', key: 'ads', initialFetchMs: 0 };

const target = (clusterName: string): GrpcTarget => ({
  kind: 'cluster',
  clusterName,
  authority: '',
  isWithoutEnvoyHeaders: false,
  metadata: [],
  maxMessageBytes: 5000,
  backoff: undefined,
});

const service = (name: string, variant: 'sotw' | 'delta' = 'sotw'): GrpcServicePlan => ({
  variant,
  targets: [target(name)],
  isNodeOnFirstOnly: true,
  rateLimit: undefined,
});

const grpc = (name: string, variant: 'sotw' | 'delta' = 'sotw'): GrpcPlan => ({
  kind: 'grpc',
  key: `grpc ${name}`,
  initialFetchMs: 0,
  service: service(name, variant),
});

function create(adsService: GrpcServicePlan | undefined, node: XdsNode = testNode('me')) {
  const transports = new Map<string, ManualTransport>();
  const client = new XdsClient({
    node,
    ads: adsService,
    connect: (to) => {
      const transport = new ManualTransport();
      transports.set(to.kind === 'cluster' ? to.clusterName : to.uri, transport);
      return transport;
    },
    watchFile: () => assert.fail('no file is named'),
    clock: new FakeClock(),
    random: seededRandom(1),
    logger: noopLogger,
  });
  const subscribe = (typeUrl: string, source: AdsPlan | GrpcPlan) =>
    client.subscribe({ typeUrl, source, handler: new RecordingHandler() });
  return { client, transports, subscribe };
}

describe('XdsClient', () => {
  it('shares one stream among types from ads, and gives each type of another server its own', () => {
    const { client, transports, subscribe } = create(service('ads'));
    for (const [typeUrl, source] of [
      [cluster, ads],
      [listener, ads],
      [cluster, grpc('x')],
      [endpoints, grpc('y')],
    ] as const) {
      const subscription = subscribe(typeUrl, source);
      assert.ok(subscription.kind === 'ok');
      subscription.value.change({ subscribe: ['*'] });
    }
    client.start();
    const methods = [...transports].map(([name, { streams }]) => [name, ...streams.map(({ method }) => method)]);
    assert.deepEqual(methods, [
      ['ads', '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources'],
      ['x', '/envoy.service.cluster.v3.ClusterDiscoveryService/StreamClusters'],
      ['y', '/envoy.service.endpoint.v3.EndpointDiscoveryService/StreamEndpoints'],
    ]);
    assert.equal(transports.get('ads')?.current.sent.length, 2);
    client.unsubscribe(cluster, grpc('x'));
    assert.equal(transports.get('x')?.current.isCancelled, true);
    client.close();
    assert.ok([...transports.values()].every(({ current }) => current.isCancelled));
  });

  it('tells servers who it is and what it can do', () => {
    const json = {
      id: 'me',
      locality: { region: 'r' },
      metadata: { LABELS: { app: 'a' }, n: [1, null] },
      client_features: ['mine', 'xds.config.supports-resource-ttl'],
    };
    const problems = new Problems();
    const me = fromJson<XdsNode>('envoy.config.core.v3.Node', json, problems);
    assert.ok(me !== undefined && problems.isEmpty, problems.toString());
    const { client, transports, subscribe } = create(service('ads'), me);
    const subscription = subscribe(cluster, ads);
    if (subscription.kind === 'ok') subscription.value.change({ subscribe: ['*'] });
    client.start();
    const { node } = readSotwRequest(transports.get('ads')!.current.sent[0]!);
    assert.deepEqual([node?.id, node?.locality?.region], ['me', 'r']);
    assert.deepEqual(node?.metadata, json.metadata);
    assert.deepEqual(node?.clientFeatures, ['mine', 'xds.config.supports-resource-ttl', 'xds.config.resource-in-sotw']);
    client.close();
  });

  it('refuses by name what a source cannot serve', () => {
    const { client, subscribe } = create(service('ads'));
    const reasons = [
      create(undefined).subscribe(cluster, ads),
      subscribe(virtualHost, ads),
      subscribe(virtualHost, grpc('x')),
      subscribe('type.googleapis.com/some.Thing', grpc('x', 'delta')),
    ].map((result) => (result.kind === 'err' ? result.error : assert.fail()));
    assert.match(reasons[0]!, /no dynamic_resources\.ads_config/);
    assert.match(reasons[1]!, /VHDS exists in the delta protocol only; set api_type: DELTA_GRPC/);
    assert.match(reasons[2]!, /no sotw stream for .*VirtualHost alone; use ads/);
    assert.match(reasons[3]!, /no delta stream for type\.googleapis\.com\/some\.Thing alone/);
    assert.equal(subscribe(cluster, ads).kind, 'ok');
    assert.equal(subscribe(cluster, ads).kind, 'err');
    client.close();
  });

  it('shows what it knows of every resource', () => {
    const { client, transports, subscribe } = create(service('ads'));
    const subscription = subscribe(endpoints, ads);
    if (subscription.kind === 'ok') subscription.value.change({ subscribe: ['good', 'bad', 'awaited'] });
    client.start();
    const resources = [resourceOf(endpoints, 'good', 'x'), resourceOf(endpoints, 'bad', 'bad')];
    transports
      .get('ads')
      ?.current.events.onMessage(writeSotwResponse({ typeUrl: endpoints, versionInfo: '3', nonce: 'n', resources }));
    assert.equal(client.isConnected, true);
    const [status] = [...client.status()];
    assert.deepEqual([status?.source, status?.typeUrl, status?.version], ['ads', endpoints, '']);
    assert.deepEqual(Object.fromEntries(status!.resources), {
      good: { state: 'acked', version: '3', rejection: undefined },
      bad: { state: 'nacked', version: '', rejection: { version: '3', reason: 'the content is bad' } },
      awaited: { state: 'requested', version: '', rejection: undefined },
    });
    client.close();
  });
});
