import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unwrap } from '@weft/core';
import { rulesOf, typeUrls } from '../../protocol/resource-types.ts';
import { decodeSotwResponse } from '../../protocol/wire.ts';
import { RecordingHandler } from '../../test-support/recording-handler.ts';
import { resourceOf, type SotwResponseInit, wrapped, writeSotwResponse } from '../../test-support/wire-messages.ts';
import type { AcceptedUpdate } from './acceptance.ts';
import { changeInterest } from './acceptance.ts';
import type { InterestChange } from './interest.ts';
import { SotwState } from './sotw-state.ts';

const { cluster, endpoints } = typeUrls;

/** A state with a handler, and responses by the generated code. */
class Client {
  readonly state: SotwState;
  readonly handler = new RecordingHandler();
  readonly typeUrl: string;

  constructor(typeUrl: string, ...names: string[]) {
    this.typeUrl = typeUrl;
    this.state = new SotwState(rulesOf(typeUrl));
    this.state.openStream();
    this.change({ subscribe: names });
  }

  change(change: InterestChange): void {
    changeInterest(this.state, change);
  }

  receive(version: string, nonce: string, resources: SotwResponseInit['resources']): AcceptedUpdate {
    const bytes = writeSotwResponse({ typeUrl: this.typeUrl, versionInfo: version, nonce, resources: resources ?? [] });
    return this.state.handleResponse(unwrap(decodeSotwResponse(bytes)), (update) => this.handler.apply(update));
  }

  /** Resources by name and content. */
  receiveAll(version: string, nonce: string, contents: Record<string, string>): AcceptedUpdate {
    return this.receive(
      version,
      nonce,
      Object.entries(contents).map(([name, text]) => resourceOf(this.typeUrl, name, text)),
    );
  }

  /** What is to be sent, in short. */
  sent() {
    const requests = [];
    for (let request = this.state.takeRequest(); request !== undefined; request = this.state.takeRequest()) {
      const { versionInfo, responseNonce, resourceNames, errorDetail } = request;
      requests.push({ version: versionInfo, nonce: responseNonce, names: resourceNames, nack: errorDetail?.message });
    }
    return requests;
  }
}

describe('asking for names', () => {
  it('says nothing while nothing is wanted', () => {
    assert.deepEqual(new Client(cluster).sent(), []);
  });

  it('asks for everything with an empty list, and by name once names are wanted too', () => {
    const client = new Client(cluster, '*');
    assert.deepEqual(client.sent(), [{ version: '', nonce: '', names: [], nack: undefined }]);
    client.change({ subscribe: ['a'] });
    assert.deepEqual(client.sent()[0]?.names, ['*', 'a']);
    client.change({ unsubscribe: ['a'] });
    assert.deepEqual(client.sent()[0]?.names, ['*']);
    client.change({ unsubscribe: ['*'] });
    assert.deepEqual(client.sent()[0]?.names, []);
  });

  it('cannot take back a wildcard that was never named, and ignores what comes then', () => {
    const client = new Client(cluster, '*');
    client.sent();
    client.change({ unsubscribe: ['*'] });
    assert.deepEqual(client.sent(), []);
    client.receiveAll('1', 'n1', { a: 'x' });
    assert.deepEqual(client.handler.inUse.size, 0);
    assert.deepEqual(client.sent(), [{ version: '1', nonce: 'n1', names: [], nack: undefined }]);
  });

  it('names the wildcard for types that have none in the old way', () => {
    assert.deepEqual(new Client(endpoints, '*').sent()[0]?.names, ['*']);
  });

  it('carries version and nonce when names change later', () => {
    const client = new Client(endpoints, 'a');
    client.sent();
    client.receiveAll('1', 'n1', { a: 'x' });
    client.sent();
    client.change({ subscribe: ['xdstp://authority/b'] });
    assert.deepEqual(client.sent(), [
      { version: '1', nonce: 'n1', names: ['a', 'xdstp://authority/b'], nack: undefined },
    ]);
  });

  it('leaves a name out once when it was dropped and wanted again, or the server would not send it again', () => {
    const client = new Client(endpoints, 'a', 'b');
    client.sent();
    client.change({ unsubscribe: ['a'] });
    client.change({ subscribe: ['a'] });
    assert.deepEqual(
      client.sent().map(({ names }) => names),
      [['b'], ['b', 'a']],
    );
  });
});

describe('answers', () => {
  it('accept with the new version and nonce', () => {
    const client = new Client(cluster, '*');
    client.sent();
    assert.deepEqual(client.receiveAll('1', 'n1', { a: 'x' }).problems, []);
    assert.deepEqual(client.sent(), [{ version: '1', nonce: 'n1', names: [], nack: undefined }]);
    assert.deepEqual(client.sent(), []);
  });

  it('reject with the last good version and every reason, while the good resources apply', () => {
    const client = new Client(cluster, '*');
    client.receiveAll('1', 'n1', { a: 'x', b: 'x' });
    client.sent();
    client.receiveAll('2', 'n2', { a: 'bad', b: 'y', c: 'bad' });
    assert.deepEqual(client.sent(), [
      { version: '1', nonce: 'n2', names: [], nack: 'a: the content is bad; c: the content is bad' },
    ]);
    assert.deepEqual(Object.fromEntries(client.handler.inUse), { a: 'x', b: 'y' });
    // The rejection is said once; what is sent later for other reasons does not repeat it.
    client.change({ subscribe: ['d'] });
    assert.equal(client.sent()[0]?.nack, undefined);
  });

  it('answer the newest of several responses', () => {
    const client = new Client(cluster, '*');
    client.sent();
    client.receiveAll('1', 'n1', { a: 'bad' });
    client.receiveAll('2', 'n2', { a: 'x' });
    assert.deepEqual(client.sent(), [{ version: '2', nonce: 'n2', names: [], nack: undefined }]);
  });

  it('try a refused resource again when it is sent again', () => {
    const client = new Client(cluster, '*');
    client.receiveAll('1', 'n1', { a: 'bad' });
    client.receiveAll('2', 'n2', { a: 'bad' });
    assert.equal(client.handler.updates[1]?.resources.length, 1);
    assert.match(client.sent()[0]?.nack ?? '', /a: the content is bad/);
  });

  it('begin anew on a new stream: version kept, nonce not, old wildcard again', () => {
    const client = new Client(cluster, '*', 'a');
    client.receiveAll('5', 'n1', { a: 'x' });
    client.sent();
    client.change({ unsubscribe: ['a'] });
    client.state.openStream();
    assert.deepEqual(client.sent(), [{ version: '5', nonce: '', names: [], nack: undefined }]);
  });
});

describe('what a response means', () => {
  it('hands over only what changed', () => {
    const client = new Client(cluster, '*');
    client.receiveAll('1', 'n1', { a: 'x', b: 'x' });
    client.receiveAll('2', 'n2', { a: 'x', b: 'y' });
    assert.deepEqual(
      client.handler.updates[1]?.resources.map(({ name, version }) => [name, version]),
      [['b', '2']],
    );
  });

  it('removes absent clusters', () => {
    const client = new Client(cluster, '*');
    client.receiveAll('1', 'n1', { a: 'x', b: 'x' });
    client.receiveAll('2', 'n2', {});
    assert.deepEqual(client.handler.gone, [
      { name: 'a', cause: 'removed' },
      { name: 'b', cause: 'removed' },
    ]);
  });

  it('keeps absent endpoints', () => {
    const client = new Client(endpoints, 'a', 'b');
    client.receiveAll('1', 'n1', { a: 'x', b: 'x' });
    client.receiveAll('2', 'n2', { a: 'y' });
    assert.deepEqual(Object.fromEntries(client.handler.inUse), { a: 'y', b: 'x' });
  });

  it('ignores what nobody asked for', () => {
    const client = new Client(endpoints, 'a');
    client.receiveAll('1', 'n1', { a: 'x', other: 'bad' });
    assert.deepEqual([...client.handler.inUse.keys()], ['a']);
    assert.equal(client.sent()[0]?.nack, undefined);
  });

  it('refuses two resources of one name, and keeps the old one', () => {
    const client = new Client(cluster, '*');
    client.receiveAll('1', 'n1', { a: 'x' });
    client.receive('2', 'n2', [
      resourceOf(cluster, 'a', 'y'),
      resourceOf(cluster, 'a', 'z'),
      resourceOf(cluster, 'b', 'x'),
    ]);
    assert.match(client.sent()[0]?.nack ?? '', /^a: .*more than one/);
    assert.deepEqual(Object.fromEntries(client.handler.inUse), { a: 'x', b: 'x' });
  });

  it('refuses resources of another type, and removes nothing on the word of such a response', () => {
    const client = new Client(cluster, '*');
    client.receiveAll('1', 'n1', { a: 'x' });
    client.receive('2', 'n2', [resourceOf(typeUrls.listener, 'l')]);
    assert.match(client.sent()[0]?.nack ?? '', /is a type\.googleapis\.com\/envoy\.config\.listener\.v3\.Listener/);
    assert.deepEqual(client.handler.gone, []);
  });

  it('refuses a wrapper that calls its resource by another name', () => {
    const client = new Client(cluster, '*');
    client.receive('1', 'n1', [wrapped({ name: 'a', resource: resourceOf(cluster, 'b') })]);
    assert.equal(client.sent()[0]?.nack, 'a: the resource is called b inside');
  });

  it('refuses resources without a name, bytes that are no message, and a time to live of zero', () => {
    const client = new Client(cluster, '*');
    client.receive('1', 'n1', [
      resourceOf(cluster, ''),
      { typeUrl: cluster, value: new Uint8Array([0x0a, 0x7f]) },
      wrapped({ name: 'c', resource: resourceOf(cluster, 'c'), ttl: { seconds: 0n } }),
    ]);
    assert.match(client.sent()[0]?.nack ?? '', /no name or cannot be decoded; .*; c: the time to live of 0 ms/);
  });

  it('renews by heartbeats without touching anything else', () => {
    const client = new Client(cluster, '*');
    const ttl = { seconds: 5n };
    client.receive('1', 'n1', [
      wrapped({ name: 'a', ttl, resource: resourceOf(cluster, 'a', 'x') }),
      resourceOf(cluster, 'b', 'x'),
    ]);
    const update = client.receive('1', 'n2', [wrapped({ name: 'a', ttl })]);
    assert.deepEqual(update.alive, [{ name: 'a', ttlMs: 5000 }]);
    assert.deepEqual(Object.fromEntries(client.handler.inUse), { a: 'x', b: 'x' });
    assert.deepEqual(client.sent().at(-1), { version: '1', nonce: 'n2', names: [], nack: undefined });
  });

  it('refuses a heartbeat for a version it does not have', () => {
    const client = new Client(endpoints, 'a');
    client.receive('1', 'n1', [wrapped({ name: 'a', version: '7', ttl: { seconds: 5n } })]);
    assert.match(client.sent()[0]?.nack ?? '', /^a: the resource is empty/);
  });
});
