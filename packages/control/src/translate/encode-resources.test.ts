import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerJson } from '@weft/proto/envoy/config/listener/v3/listener';
import { typeUrls } from '@weft/xds/protocol';
import { encodeResources, findingsOf } from './encode-resources.ts';
import { provenance } from './provenance.ts';
import type { ProxyResources } from './resources.ts';

const NOTHING: ProxyResources = { listeners: [], routes: [], clusters: [], endpoints: [] };
const RULE = { kind: 'VirtualService', namespace: 'shop', name: 'cart', generation: 3 } as const;

function listener(name: string, more: ListenerJson = {}): ListenerJson {
  const address = { socketAddress: { address: '127.0.0.1', portValue: 80 } };
  return { name, address, metadata: provenance([RULE]), ...more };
}

const BROKEN = listener('one', { address: { socketAddress: { address: '', portValue: 80 } } });

function listenersOf(parts: readonly ProxyResources[], before?: Parameters<typeof encodeResources>[1]) {
  const encoded = encodeResources(parts, before);
  return { ...encoded, set: encoded.sets.get(typeUrls.listener)! };
}

test('resources are served by name, with a version that says what is in them', () => {
  const { set, refused } = listenersOf([{ ...NOTHING, listeners: [listener('one'), listener('two')] }]);
  assert.deepEqual([...set.names()], ['one', 'two']);
  assert.deepEqual(refused, []);
  const again = listenersOf([{ ...NOTHING, listeners: [listener('two'), listener('one')] }]);
  assert.equal(again.set.version, set.version);
  assert.equal(again.set.get('one')!.version, set.get('one')!.version);
  const other = listenersOf([{ ...NOTHING, listeners: [listener('one', { statPrefix: 'x' }), listener('two')] }]);
  assert.notEqual(other.set.version, set.version);
  assert.equal(other.set.get('two')!.version, set.get('two')!.version);
});

test('every type is there, also without resources', () => {
  const { sets } = encodeResources([NOTHING]);
  assert.deepEqual([...sets.keys()], [typeUrls.listener, typeUrls.route, typeUrls.cluster, typeUrls.endpoints]);
});

test('parts that proxies share are encoded once, and so is what several parts have', () => {
  const shared: ProxyResources = { ...NOTHING, listeners: [listener('one')] };
  const own = (name: string): ProxyResources => ({ ...NOTHING, listeners: [listener(name)] });
  const [two, three] = [own('two'), own('three')];
  const [first, second] = [listenersOf([shared, two]), listenersOf([shared, three])];
  assert.equal(first.set.get('one'), second.set.get('one'));
  assert.deepEqual([...second.set.names()], ['one', 'three']);
  assert.notEqual(first.set.version, second.set.version);
  assert.equal(listenersOf([shared, two]).set, first.set);
});

test('a resource that breaks its rules is left out, the last good one stays, and its object is told', () => {
  const good = encodeResources([{ ...NOTHING, listeners: [listener('one')] }]);
  const broken = listenersOf([{ ...NOTHING, listeners: [BROKEN, listener('two')] }], good);
  assert.deepEqual([...broken.set.names()].toSorted(), ['one', 'two']);
  assert.equal(broken.set.get('one'), good.sets.get(typeUrls.listener)!.get('one'));
  assert.partialDeepStrictEqual(findingsOf(broken), [{ code: 'InvalidResource', object: RULE }]);
  assert.match(findingsOf(broken)[0]!.message, /^Listener one is left out.*address\.socket_address\.address: /);
  const unknown = { ...listener('three'), madeUp: true } as ListenerJson;
  const { set, refused } = listenersOf([{ ...NOTHING, listeners: [unknown] }]);
  assert.deepEqual([...set.names()], []);
  assert.match(refused[0]!.reason, /madeUp/);
});

test('the bytes are those of the message', () => {
  const { set } = listenersOf([{ ...NOTHING, listeners: [listener('one', { statPrefix: 'said' })] }]);
  const { sotwField } = set.get('one')!;
  assert.ok(Buffer.from(sotwField).includes('said') && Buffer.from(sotwField).includes(typeUrls.listener));
});
