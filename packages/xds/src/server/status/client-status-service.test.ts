import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { err, noopLogger, ok, seededRandom } from '@weft/core';
import {
  type ClientStatusRequest,
  ClientStatusRequestSchema,
  ClientStatusResponseSchema,
  ConfigStatus,
} from '@weft/proto/envoy/service/status/v3/csds';
import { FakeClock } from '@weft/testkit';
import { typeUrls } from '../../protocol/resource-types.ts';
import { ManualGrpcStream } from '../../test-support/manual-grpc-stream.ts';
import { ModelMesh } from '../../test-support/model-mesh.ts';
import { ScriptedDeltaClient } from '../../test-support/scripted-client.ts';
import { contentOf } from '../../test-support/wire-messages.ts';
import { AdsServer } from '../ads-server.ts';
import { createResourceSet, createResourceView } from '../resource-view.ts';
import { serveResource } from '../served-resource.ts';
import { grpcCode } from '../transport/grpc-status.ts';
import { clientStatusMethods } from './client-status-service.ts';

const { cluster, endpoints, secret } = typeUrls;
const STREAM = '/envoy.service.status.v3.ClientStatusDiscoveryService/StreamClientStatus';
const FETCH = '/envoy.service.status.v3.ClientStatusDiscoveryService/FetchClientStatus';

type RequestInit = Exclude<MessageInitShape<typeof ClientStatusRequestSchema>, ClientStatusRequest>;

/** A server with a client that refuses one of its clusters and waits for endpoints. */
function setup() {
  const mesh = new ModelMesh();
  mesh.set(cluster, 'good', '1');
  mesh.set(cluster, 'wrong', 'bad');
  mesh.set(endpoints, 'other', '1');
  const clock = new FakeClock();
  const server = new AdsServer({
    identifier: 'weft',
    open: () => {
      const view = mesh.view();
      const key = serveResource({ name: 'key', version: '1', typeUrl: secret, value: Buffer.from('private') });
      const secrets = createResourceSet('1', new Map([['key', key]]));
      return ok(createResourceView(view.revision, new Map([...sets(view), [secret, secrets]])));
    },
    clock,
    random: seededRandom(1),
    logger: noopLogger,
    defer: (work) => work(),
  });
  const sets = (view: ReturnType<ModelMesh['view']>) =>
    [cluster, endpoints].map((typeUrl) => [typeUrl, view.get(typeUrl)!] as const);
  const client = new ScriptedDeltaClient(server);
  client.send({ typeUrl: cluster });
  const [response] = client.read();
  client.send({ typeUrl: cluster, responseNonce: response!.nonce, errorDetail: { code: 3, message: 'wrong: is bad' } });
  client.send({ typeUrl: endpoints, resourceNamesSubscribe: ['missing'] });
  client.send({ typeUrl: secret, resourceNamesSubscribe: ['key'] });
  client.take();
  return server;
}

function ask(server: AdsServer, method: string, init: RequestInit = {}, isAllowed = true) {
  const authorize = () => (isAllowed ? ok(undefined) : err({ code: grpcCode.permissionDenied, message: 'no' }));
  const stream = new ManualGrpcStream(method);
  const handler = clientStatusMethods({ clients: () => server.clients, authorize }).get(method)!(stream);
  handler.onMessage(Buffer.from(toBinary(ClientStatusRequestSchema, create(ClientStatusRequestSchema, init))));
  const configs = stream.sent.flatMap((bytes) => fromBinary(ClientStatusResponseSchema, bytes).config);
  return { stream, configs };
}

describe('the client status service', () => {
  it('tells of every resource what became of it, and shows no keys', () => {
    const { configs, stream } = ask(setup(), STREAM);
    assert.equal(configs.length, 1);
    assert.equal(configs[0]!.node?.id, 'scripted');
    const short = configs[0]!.genericXdsConfigs.map((each) => [
      each.name,
      each.versionInfo,
      each.configStatus,
      each.xdsConfig === undefined || each.typeUrl !== cluster ? undefined : contentOf(cluster, each.xdsConfig.value),
      each.errorState?.details,
    ]);
    assert.deepEqual(short, [
      ['good', '1', ConfigStatus.SYNCED, '1', undefined],
      ['wrong', 'bad', ConfigStatus.ERROR, 'bad', 'wrong: is bad'],
      ['missing', '', ConfigStatus.NOT_SENT, undefined, undefined],
      ['key', '1', ConfigStatus.SYNCED, undefined, undefined],
    ]);
    assert.equal(configs[0]!.genericXdsConfigs.find(({ name }) => name === 'key')!.xdsConfig, undefined);
    assert.notEqual(Number(configs[0]!.genericXdsConfigs[0]!.lastUpdated?.seconds), 0);
    assert.equal(stream.ended, undefined, 'a stream may be asked again');
  });

  it('leaves contents out, finds nodes, and ends a single call', () => {
    const server = setup();
    const { configs, stream } = ask(server, FETCH, { excludeResourceContents: true });
    assert.ok(configs[0]!.genericXdsConfigs.every(({ xdsConfig }) => xdsConfig === undefined));
    assert.deepEqual(stream.ended, { failure: undefined });
    const matching = (value: string, ignoreCase = false) =>
      ask(server, FETCH, { nodeMatchers: [{ nodeId: { matchPattern: { case: 'prefix', value }, ignoreCase } }] })
        .configs;
    assert.equal(matching('scr').length, 1);
    assert.equal(matching('SCR').length, 0);
    assert.equal(matching('SCR', true).length, 1);
  });

  it('refuses in words whom it may not answer and what it does not know', () => {
    const server = setup();
    assert.equal(ask(server, FETCH, {}, false).stream.ended?.failure?.code, grpcCode.permissionDenied);
    const unknown = ask(server, FETCH, { nodeMatchers: [{ nodeMetadatas: [{}] }] }).stream.ended?.failure;
    assert.match(unknown!.message, /node_matchers\[0\]\.node_metadatas: not supported/);
    for (let count = 0; count < 10; count += 1) new ScriptedDeltaClient(server).send({ typeUrl: cluster });
    assert.match(ask(server, FETCH).stream.ended!.failure!.message, /11 clients is too much/);
    assert.equal(ask(server, FETCH, { excludeResourceContents: true }).configs.length, 11);
  });
});
