import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Hop } from '../hop.ts';
import type { Running } from '../programs.ts';

/** Every proxy runs here; load and application have the other core. */
export const PROXY_CORE = 0;

/** One proxy that can be started, configured as its experts would: one worker, connections kept, no access log. */
export interface ProxyPeer {
  readonly name: string;
  /** Empty for ours. */
  readonly version: string;
  /** How it speaks to the second proxy of a pair: the best that it can. */
  readonly between: 'http1' | 'http2';
  /** Whether it can do this at all. */
  serves(hop: Hop): boolean;
  /** Does what is done once on a machine, by the first start at the latest. */
  prepare?(folder: string): Promise<void>;
  /** Starts it in a folder of its own; resolves when it accepts. */
  start(folder: string, hop: Hop): Promise<Running>;
}

/** Writes a configuration; returns its path. */
export function writeConfig(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}
