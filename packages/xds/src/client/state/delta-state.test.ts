import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unwrap } from '@weft/core';
import { rulesOf, typeUrls } from '../../protocol/resource-types.ts';
import { decodeDeltaResponse } from '../../protocol/wire.ts';
import { RecordingHandler } from '../../test-support/recording-handler.ts';
import { type DeltaResponseInit, resourceOf, writeDeltaResponse } from '../../test-support/wire-messages.ts';
import { type AcceptedUpdate, changeInterest } from './acceptance.ts';
import { DeltaState } from './delta-state.ts';
import type { InterestChange } from './interest.ts';

const { cluster, endpoints } = typeUrls;

class Client {
  readonly state: DeltaState;
  readonly handler = new RecordingHandler();
  readonly typeUrl: string;

  constructor(typeUrl: string, ...names: string[]) {
    this.typeUrl = typeUrl;
    this.state = new DeltaState(rulesOf(typeUrl));
    this.state.openStream();
    this.change({ subscribe: names });
  }

  change(change: InterestChange): void {
    changeInterest(this.state, change);
  }

  receive(response: DeltaResponseInit): AcceptedUpdate {
    const bytes = writeDeltaResponse({ ...response, typeUrl: this.typeUrl });
    return this.state.handleResponse(unwrap(decodeDeltaResponse(bytes)), (update) => this.handler.apply(update));
  }

  /** One resource with a version. */
  resource(name: string, version: string, content = version) {
    return { name, version, resource: resourceOf(this.typeUrl, name, content) };
  }

  sent() {
    const requests = [];
    for (let request = this.state.takeRequest(); request !== undefined; request = this.state.takeRequest()) {
      const { subscribe, unsubscribe, responseNonce, errorDetail, initialResourceVersions } = request;
      requests.push({
        sub: subscribe,
        unsub: unsubscribe,
        nonce: responseNonce,
        nack: errorDetail?.message,
        have: Object.fromEntries(initialResourceVersions),
      });
    }
    return requests;
  }
}

const plain = { sub: [], unsub: [], nonce: '', nack: undefined, have: {} };

describe('asking for names', () => {
  it('says what changed, and nothing when nothing did', () => {
    const client = new Client(endpoints, 'a', 'b');
    assert.deepEqual(client.sent(), [{ ...plain, sub: ['a', 'b'] }]);
    client.change({ subscribe: ['c'], unsubscribe: ['a'] });
    assert.deepEqual(client.sent(), [{ ...plain, sub: ['c'], unsub: ['a'] }]);
    client.change({ subscribe: ['d'] });
    client.change({ unsubscribe: ['d'] });
    assert.deepEqual(
      client.sent().filter(({ sub, unsub }) => sub.length + unsub.length > 0),
      [],
    );
  });

  it('asks for everything with an empty list, and takes it back by name', () => {
    const client = new Client(cluster, '*');
    assert.deepEqual(client.sent(), [plain]);
    client.change({ subscribe: ['a'] });
    assert.deepEqual(client.sent(), [{ ...plain, sub: ['a'] }]);
    client.change({ unsubscribe: ['*'] });
    assert.deepEqual(client.sent(), [{ ...plain, unsub: ['*'] }]);
  });

  it('names the wildcard on a stream that begins with names too', () => {
    assert.deepEqual(new Client(cluster, 'a', '*').sent()[0]?.sub, ['*', 'a']);
  });

  it('subscribes again to a name that was dropped and wanted again', () => {
    const client = new Client(endpoints, 'a', 'b');
    client.sent();
    client.change({ unsubscribe: ['a'] });
    client.change({ subscribe: ['a'] });
    assert.deepEqual(client.sent(), [{ ...plain, sub: ['a'] }]);
  });

  it('tells a new stream all names and the versions it has', () => {
    const client = new Client(endpoints, 'a', 'b');
    client.sent();
    client.receive({ nonce: 'n1', resources: [client.resource('a', '3')] });
    client.sent();
    client.change({ subscribe: ['c'], unsubscribe: ['b'] });
    client.state.openStream();
    assert.deepEqual(client.sent(), [{ ...plain, sub: ['a', 'c'], have: { a: '3' } }]);
  });
});

describe('answers', () => {
  it('go to every response, in order, each with its own verdict', () => {
    const client = new Client(cluster, '*');
    client.sent();
    client.receive({ nonce: 'n1', resources: [client.resource('a', '1')] });
    client.receive({ nonce: 'n2', resources: [client.resource('b', '1', 'bad')] });
    client.receive({ nonce: 'n3' });
    assert.deepEqual(
      client.sent().map(({ nonce, nack }) => [nonce, nack]),
      [
        ['n1', undefined],
        ['n2', 'b: the content is bad'],
        ['n3', undefined],
      ],
    );
  });

  it('carry new names along', () => {
    const client = new Client(endpoints, 'a');
    client.sent();
    client.receive({ nonce: 'n1', resources: [client.resource('a', '1')] });
    client.change({ subscribe: ['b'] });
    assert.deepEqual(client.sent(), [{ ...plain, sub: ['b'], nonce: 'n1' }]);
  });

  it('do not claim a version that was refused', () => {
    const client = new Client(cluster, '*');
    client.receive({ nonce: 'n1', resources: [client.resource('a', '1'), client.resource('b', '1')] });
    client.receive({ nonce: 'n2', resources: [client.resource('a', '2', 'bad'), client.resource('b', '2')] });
    client.state.openStream();
    assert.deepEqual(client.sent()[0]?.have, { a: '1', b: '2' });
    assert.deepEqual(Object.fromEntries(client.handler.inUse), { a: '1', b: '2' });
  });
});

describe('what a response means', () => {
  it('removes what it names, and leaves the rest', () => {
    const client = new Client(cluster, '*');
    client.receive({ nonce: 'n1', resources: [client.resource('a', '1'), client.resource('b', '1')] });
    client.receive({ nonce: 'n2', removedResources: ['a', 'never-had'] });
    assert.deepEqual(client.handler.gone, [{ name: 'a', cause: 'removed' }]);
    client.state.openStream();
    assert.deepEqual(client.sent()[0]?.have, { b: '1' });
  });

  it('learns at once that a name does not exist', () => {
    const client = new Client(endpoints, 'a');
    client.receive({ nonce: 'n1', removedResources: ['a'] });
    assert.deepEqual(client.handler.gone, [{ name: 'a', cause: 'not-found' }]);
  });

  it('refuses a name that is both there and removed, and keeps the old one', () => {
    const client = new Client(cluster, '*');
    client.receive({ nonce: 'n1', resources: [client.resource('a', '1')] });
    client.sent();
    client.receive({ nonce: 'n2', resources: [client.resource('a', '2')], removedResources: ['a'] });
    assert.equal(client.sent()[0]?.nack, 'a: the response has and removes the resource');
    assert.deepEqual(Object.fromEntries(client.handler.inUse), { a: '1' });
  });

  it('refuses duplicates, and applies the others', () => {
    const client = new Client(cluster, '*');
    client.sent();
    client.receive({
      nonce: 'n1',
      resources: [client.resource('a', '1'), client.resource('a', '2'), client.resource('b', '1')],
    });
    assert.match(client.sent()[0]?.nack ?? '', /^a: .*more than one/);
    assert.deepEqual([...client.handler.inUse.keys()], ['b']);
  });

  it('takes a new version with the same content without bothering anybody', () => {
    const client = new Client(cluster, '*');
    client.receive({ nonce: 'n1', resources: [client.resource('a', '1', 'x')] });
    client.receive({ nonce: 'n2', resources: [client.resource('a', '2', 'x')] });
    assert.equal(client.handler.updates[1]?.resources.length, 0);
    assert.deepEqual([...client.state.accepted.versions()], [['a', '2']]);
  });
});
