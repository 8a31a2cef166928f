/** Starts `weft control` on a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';
import { startWeft, type WeftProcess } from './weft-process.ts';

/** A running control plane. */
export interface RunningControl extends WeftProcess {
  readonly xdsPort: number;
  readonly debugPort: number;
  readonly kubeconfig: string;
  /** Writes a file of the folder. */
  write(name: string, text: string): void;
}

const XDS = /^ {2}proxies {2}\S+:(\d+)/m;
const DEBUG = /^ {2}debug {4}http:\/\/\S+:(\d+)/m;

/** Starts a control plane on a folder with this one file; it ends with the test. */
export async function startControl(
  t: TestContext,
  mesh: string,
  args: readonly string[] = [],
): Promise<RunningControl> {
  const base = tempDir(t);
  const folder = join(base, 'mesh');
  const kubeconfig = join(base, 'kubeconfig');
  mkdirSync(folder);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('mesh.yaml', mesh);
  const ports = [
    '--xds',
    '127.0.0.1:0',
    '--secure-xds',
    '127.0.0.1:0',
    '--debug',
    '127.0.0.1:0',
    '--kubeconfig-out',
    kubeconfig,
  ];
  const running = await startWeft(t, ['control', '--config', folder, ...ports, ...args], /^Ctrl-C ends it$/m);
  const text = running.output();
  return {
    ...running,
    xdsPort: Number(XDS.exec(text)?.[1]),
    debugPort: Number(DEBUG.exec(text)?.[1]),
    kubeconfig,
    write,
  };
}
