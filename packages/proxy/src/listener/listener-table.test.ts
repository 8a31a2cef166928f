import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSocketAddress } from '../transport/socket-address.ts';
import { type AddressedListener, ListenerTable } from './listener-table.ts';

interface Named extends AddressedListener {
  readonly name: string;
}

function at(name: string, host: string, port: number, parts: { takesIpv4?: boolean; isStopped?: boolean } = {}): Named {
  const { takesIpv4 = false, isStopped = false } = parts;
  return { name, isStopped, ownAddresses: [{ host, port, takesIpv4 }] };
}

function find(listeners: readonly Named[], address: string): string | undefined {
  return new ListenerTable(listeners).at(parseSocketAddress(address)!)?.name;
}

describe('the listener of an address', () => {
  it('is the one of this address, or of all addresses with its port', () => {
    const all = [at('one', '10.0.0.1', 80), at('any', '0.0.0.0', 80), at('six', '::', 80), at('long', 'fd00:0::1', 80)];
    assert.equal(find(all, '10.0.0.1:80'), 'one');
    assert.equal(find(all, '10.0.0.2:80'), 'any');
    assert.equal(find(all, '10.0.0.1:81'), undefined);
    assert.equal(find(all, '[fd00::1]:80'), 'long');
    assert.equal(find(all, '[fd00::2]:80'), 'six');
  });

  it('of all IPv6 addresses is one for IPv4 only if it takes that, and after those that are for it', () => {
    assert.equal(find([at('six', '::', 80)], '10.0.0.1:80'), undefined);
    assert.equal(find([at('both', '::', 80, { takesIpv4: true })], '10.0.0.1:80'), 'both');
    assert.equal(find([at('both', '::', 80, { takesIpv4: true }), at('four', '0.0.0.0', 80)], '10.0.0.1:80'), 'four');
  });

  it('is none that is stopped', () => {
    assert.equal(
      find([at('one', '10.0.0.1', 80, { isStopped: true }), at('any', '0.0.0.0', 80)], '10.0.0.1:80'),
      'any',
    );
    assert.equal(find([at('any', '0.0.0.0', 80, { isStopped: true })], '10.0.0.1:80'), undefined);
  });
});
