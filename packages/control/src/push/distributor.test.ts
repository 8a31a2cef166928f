import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureLogger, FakeClock } from '@weft/testkit';
import { type AdsClient, createResourceView, type ResourceView } from '@weft/xds/server';
import { emptySnapshot, type MeshProxy, type MeshSnapshot } from '../mesh/index.ts';
import { meshOf, withObjects } from '../mesh/test-support/mesh.ts';
import { Distributor, type ProxyView } from './distributor.ts';

/** A client that keeps what it is given. */
class FakeClient {
  readonly pushed: number[] = [];
  ended = '';
  readonly node: { readonly id: string };
  readonly identity: { readonly principal: string; readonly proof: string } | undefined;

  constructor(name: string, principal?: string) {
    this.node = { id: `sidecar~10.0.0.1~${name}.shop~d` };
    this.identity = principal === undefined ? undefined : { principal, proof: 'certificate' };
  }

  push(view: ResourceView): void {
    this.pushed.push(view.revision);
  }

  disconnect({ message }: { readonly message: string }): void {
    this.ended = message;
  }

  get asClient(): AdsClient {
    return this as unknown as AdsClient;
  }
}

function start(makeView = viewOf, tickMs = 0) {
  const clock = new FakeClock();
  const { logger: log, records } = captureLogger();
  const deferred: (() => void)[] = [];
  const made: string[] = [];
  const distributor = new Distributor({
    clock,
    log,
    defer: (work) => void deferred.push(work),
    makeView: (snapshot, proxy) => {
      made.push(proxy.id);
      clock.advance(tickMs);
      return makeView(snapshot, proxy);
    },
  });
  const join = (name: string, principal?: string) => {
    const client = new FakeClient(name, principal);
    const outcome = distributor.open(client.asClient);
    return { client, outcome };
  };
  return { distributor, deferred, made, join, records };
}

function viewOf({ version }: MeshSnapshot, _proxy: MeshProxy): ProxyView {
  return { view: createResourceView(version, new Map()), parts: [], findings: [] };
}

const NAMESPACE = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`;
const FIRST = meshOf(NAMESPACE('a'));
const SECOND = withObjects(FIRST, NAMESPACE('b'));
const THIRD = withObjects(SECOND, NAMESPACE('c'));

test('nobody is served before the mesh has been read', () => {
  const { join } = start();
  const { outcome } = join('p');
  assert.deepEqual(outcome.kind === 'err' && outcome.error.message, 'the control plane has not read the mesh yet');
});

test('who comes gets the newest view, and every later one', () => {
  const { distributor, join } = start();
  distributor.publish(emptySnapshot());
  distributor.publish(FIRST);
  const { client, outcome } = join('p');
  assert.equal(outcome.kind === 'ok' && outcome.value?.revision, 1);
  distributor.publish(SECOND);
  distributor.publish(SECOND);
  assert.deepEqual(client.pushed, [2]);
  distributor.close(client.asClient);
  distributor.publish(THIRD);
  assert.deepEqual([client.pushed, distributor.proxyCount], [[2], 0]);
});

test('views are made a few at a time, and a newer snapshot takes the place of the one under way', () => {
  const { distributor, join, deferred, made } = start(viewOf, 5);
  distributor.publish(FIRST);
  const clients = ['a', 'b', 'c', 'd', 'e'].map((name) => join(name).client);
  made.length = 0;
  distributor.publish(SECOND);
  assert.deepEqual(made, ['a.shop', 'b.shop']);
  distributor.publish(THIRD);
  for (let work = deferred.shift(); work !== undefined; work = deferred.shift()) work();
  assert.deepEqual(
    clients.map(({ pushed }) => pushed),
    [[2, 3], [2, 3], [3], [3], [3]],
  );
  assert.equal(distributor.dueCount, 0);
});

test('a proxy whose view cannot be made keeps what it has, and the others get theirs', () => {
  const { distributor, join, records } = start((snapshot, proxy) => {
    if (snapshot === SECOND && proxy.id === 'bad.shop') throw new Error('no');
    return viewOf(snapshot, proxy);
  });
  distributor.publish(FIRST);
  const [bad, good] = [join('bad').client, join('good').client];
  distributor.publish(SECOND);
  assert.deepEqual([bad.pushed, good.pushed], [[], [2]]);
  assert.match(JSON.stringify(records), /bad\.shop/);
  distributor.publish(THIRD);
  assert.deepEqual(bad.pushed, [3]);
});

test('who is not what it says is turned away, also when that turns out later', () => {
  const { distributor, join } = start();
  distributor.publish(FIRST);
  const { outcome } = join('p', 'spiffe://cluster.local/ns/bank/sa/x');
  assert.match(outcome.kind === 'err' ? outcome.error.message : '', /ns\/bank/);
  const { client } = join('p', 'spiffe://cluster.local/ns/shop/sa/x');
  const pod = `apiVersion: v1
kind: Pod
metadata: { name: p, namespace: shop }
spec: { serviceAccountName: y, containers: [{ name: c, image: i }] }
status: { phase: Running, podIP: 10.0.0.1 }
`;
  distributor.publish(withObjects(FIRST, pod));
  assert.match(client.ended, /service account "y"/);
});
