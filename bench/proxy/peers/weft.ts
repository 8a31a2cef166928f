import { globSync } from 'node:fs';
import path from 'node:path';
import { eventually, freePort } from '@weft/testkit';
import type { Hop } from '../hop.ts';
import { type Running, startPinned } from '../programs.ts';
import { envoyConfig } from './envoy-config.ts';
import { PROXY_CORE, type ProxyPeer, writeConfig } from './peer.ts';

const WEFT = path.join(import.meta.dirname, '..', '..', '..', 'packages', 'cli', 'bin', 'weft.js');
const PACK_TIMEOUT_MS = 60_000;

/** Our proxy, started as its users do; not for the first time, which writes the pack that later ones start from. */
export const weft: ProxyPeer = {
  name: 'weft',
  version: '',
  between: 'http2',
  serves: () => true,
  prepare,
  start: async (folder, hop) => {
    await prepare(folder);
    return startWeft(folder, hop);
  },
};

function startWeft(folder: string, hop: Hop): Promise<Running> {
  const file = writeConfig(folder, `weft-${hop.name}.json`, envoyConfig(hop));
  const args = [WEFT, 'proxy', '-c', file];
  return startPinned(PROXY_CORE, process.execPath, args, hop.port, { XDG_CACHE_HOME: cacheOf(folder) });
}

function cacheOf(folder: string): string {
  return path.join(folder, 'cache');
}

/** Lets a proxy run until its pack has been written. */
async function prepare(folder: string): Promise<void> {
  if (hasPack(folder)) return;
  const port = await freePort();
  const proxy = await startWeft(folder, {
    name: 'first',
    port,
    downstream: 'http1',
    upstream: 'http1',
    upstreamPort: port,
  });
  try {
    await eventually(() => hasPack(folder), { withinMs: PACK_TIMEOUT_MS, what: 'the pack of the proxy' });
  } finally {
    proxy.stop();
  }
}

function hasPack(folder: string): boolean {
  return globSync('weft/pack/*/proxy.code', { cwd: cacheOf(folder) }).length > 0;
}
