import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CoarseTimers } from '@weft/core';
import type { ConnectionView } from '@weft/engine';
import { FakeClock } from '@weft/testkit';
import { ConnectionInfo } from '../transport/connection-info.ts';
import { SocketAddress } from '../transport/socket-address.ts';
import { CLUSTER_STATS } from './cluster-stats.ts';
import type { LiveHost } from './live-host.ts';
import { OriginalHosts } from './original-hosts.ts';
import type { HostRequester } from './upstream-cluster.ts';

const CLEANUP_MS = 5000;
const MANY = 16_384;

function create() {
  const clock = new FakeClock();
  const known = new Set<LiveHost>();
  const hosts = new OriginalHosts(
    { header: '', metadataKey: undefined, port: undefined, cleanupMs: CLEANUP_MS },
    {
      timers: new CoarseTimers({ clock, tickMs: 50 }),
      stats: new Float64Array(CLUSTER_STATS.counters.length + CLUSTER_STATS.gauges.length),
      onAdd: (host) => known.add(host),
      onRemove: (host) => known.delete(host),
    },
  );
  return { clock, known, hosts };
}

/** A connection that was meant for the nth address. */
function meantFor(n: number): HostRequester {
  const connection = new ConnectionInfo(new SocketAddress('127.0.0.1', 1), new SocketAddress('127.0.0.1', 2));
  connection.restoreLocal(new SocketAddress(`10.0.${n >> 8}.${n & 255}`, 80));
  return {
    connection: connection as ConnectionView,
    request: undefined,
    dynamicMetadata: {},
    filterState: () => undefined,
  };
}

describe('hosts that connections were meant for', () => {
  it('stay the same as long as they are used, and go when they were not for a while', () => {
    const { clock, known, hosts } = create();
    const host = hosts.choose(meantFor(1));
    for (let i = 0; i < 3; i++) {
      clock.advance(CLEANUP_MS);
      assert.equal(hosts.choose(meantFor(1)), host);
    }
    clock.advance(CLEANUP_MS + 100);
    clock.advance(CLEANUP_MS + 100);
    assert.equal(known.size, 0);
    assert.notEqual(hosts.choose(meantFor(1)), host);
    hosts.close();
  });

  it('are so many at most: those that nobody is connected to make room', () => {
    const { known, hosts } = create();
    const busy = hosts.choose(meantFor(0))!;
    busy.activeConnections = 1;
    for (let n = 1; n <= MANY; n++) assert.notEqual(hosts.choose(meantFor(n)), undefined);
    assert.ok(known.size < MANY);
    assert.equal(hosts.choose(meantFor(0)), busy);
    hosts.close();
  });

  it('are refused beyond that while all of them are in use', () => {
    const { known, hosts } = create();
    for (let n = 0; n < MANY; n++) hosts.choose(meantFor(n))!.activeRequests = 1;
    assert.equal(hosts.choose(meantFor(MANY)), undefined);
    assert.equal(known.size, MANY);
    hosts.close();
  });

  it('are none for the proxy itself', () => {
    const { hosts } = create();
    assert.equal(hosts.choose(undefined), undefined);
  });
});
