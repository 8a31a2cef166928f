import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ConnectionView,
  type MetadataSource,
  ORIGINAL_DST_KEY,
  type OriginalDestinationRuntime,
} from '@weft/engine';
import { RequestFields } from '../http/request-fields.ts';
import { ConnectionInfo } from '../transport/connection-info.ts';
import { parseSocketAddress, SocketAddress } from '../transport/socket-address.ts';
import { originalAddressOf } from './original-address.ts';

const ALL: OriginalDestinationRuntime = {
  header: 'x-envoy-original-dst-host',
  metadataKey: ['ns', 'to'],
  port: undefined,
  cleanupMs: 5000,
};

interface Sources {
  readonly state?: string;
  readonly metadata?: unknown;
  readonly connectionMetadata?: unknown;
  readonly header?: string;
  readonly restored?: string;
}

function find(sources: Sources, runtime = ALL): { readonly address: string | undefined; readonly invalid: number } {
  const { state, metadata, connectionMetadata, header, restored } = sources;
  const connection = new ConnectionInfo(new SocketAddress('10.0.0.9', 9), new SocketAddress('10.0.0.8', 8));
  if (restored !== undefined) connection.restoreLocal(parseSocketAddress(restored)!);
  const inNamespace = (to: unknown): MetadataSource => (to === undefined ? {} : { ns: { to } });
  connection.metadata = inNamespace(connectionMetadata);
  const pairs: [string, string][] = header === undefined ? [] : [['x-envoy-original-dst-host', header]];
  const requester = {
    connection: connection as ConnectionView,
    request: RequestFields.of({ method: 'GET', path: '/' }, pairs),
    dynamicMetadata: inNamespace(metadata),
    filterState: (key: string) => (key === ORIGINAL_DST_KEY ? state : undefined),
  };
  let invalid = 0;
  const address = originalAddressOf(runtime, requester, () => {
    invalid++;
  });
  return { address: address?.text, invalid };
}

describe('the address that a connection was meant for', () => {
  const everything: Sources = {
    state: '1.0.0.1:1',
    metadata: '1.0.0.2:2',
    connectionMetadata: '1.0.0.3:3',
    header: '1.0.0.4:4',
    restored: '1.0.0.5:5',
  };

  it('is that of the filter state, the request, the connection, the header, or the one restored, in this order', () => {
    const { state: _state, ...withoutState } = everything;
    const { metadata: _metadata, ...withoutMetadata } = withoutState;
    const { connectionMetadata: _connection, ...withHeader } = withoutMetadata;
    const { header: _header, ...onlyRestored } = withHeader;
    assert.equal(find(everything).address, '1.0.0.1:1');
    assert.equal(find(withoutState).address, '1.0.0.2:2');
    assert.equal(find(withoutMetadata).address, '1.0.0.3:3');
    assert.equal(find(withHeader).address, '1.0.0.4:4');
    assert.equal(find(onlyRestored).address, '1.0.0.5:5');
    assert.equal(find({}).address, undefined, 'the listener itself is nobody to forward to');
  });

  it('takes the header and the metadata only where they are configured, and the port from the cluster', () => {
    const { state: _state, ...sources } = everything;
    assert.equal(find(sources, { ...ALL, header: '', metadataKey: undefined }).address, '1.0.0.5:5');
    assert.equal(find(sources, { ...ALL, metadataKey: undefined, port: 15_006 }).address, '1.0.0.4:15006');
  });

  it('is the first of several', () => {
    assert.equal(find({ header: '10.1.0.1:80, 10.1.0.2:80' }).address, '10.1.0.1:80');
    assert.equal(find({ metadata: ['10.1.0.3:80', '10.1.0.4:80'] }).address, '10.1.0.3:80');
  });

  it('knows IPv6, and writes one address in one way', () => {
    assert.equal(find({ header: '[fd00:0:0::1]:80' }).address, '[fd00::1]:80');
    assert.equal(find({ header: '[::ffff:10.0.0.1]:80' }).address, '10.0.0.1:80');
  });

  it('is not a text that is none: that is counted, and what comes behind it is asked', () => {
    for (const header of [
      '',
      'reviews:80',
      '10.0.0.1',
      '10.0.0.1:',
      '10.0.0.1:65536',
      'fd00::1:80',
      '[fd00::1]',
      '[10.0.0.1]:80',
    ]) {
      assert.deepEqual(find({ header, restored: '1.0.0.5:5' }), { address: '1.0.0.5:5', invalid: 1 }, header);
    }
    assert.deepEqual(find({ metadata: 'nowhere', header: '1.0.0.4:4' }), { address: '1.0.0.4:4', invalid: 1 });
    assert.deepEqual(find({ metadata: 80, header: '1.0.0.4:4' }), { address: '1.0.0.4:4', invalid: 0 });
    assert.deepEqual(find({ state: 'nowhere', header: '1.0.0.4:4' }), { address: '1.0.0.4:4', invalid: 0 });
  });
});
