/** The server under test, started as users start it, and the credentials to reach it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';

/** What a TLS client needs. */
export interface Credentials {
  readonly host: string;
  readonly port: number;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A running server. */
export interface BenchServer {
  readonly pid: number;
  readonly credentials: Credentials;
  /** From the start of the process until it said that it serves. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const MAIN = path.join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin', 'weft.js');

/** A folder for the state of one measurement. */
export function stateFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts `weft apiserver` over a state folder. */
export async function startServer(folder: string): Promise<BenchServer> {
  const kubeconfig = path.join(folder, 'kubeconfig');
  const startedAt = performance.now();
  const args = [
    MAIN,
    'apiserver',
    '--listen',
    '127.0.0.1:0',
    '--state',
    path.join(folder, 'state'),
    '--kubeconfig-out',
    kubeconfig,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  await untilServing(child);
  const startMs = performance.now() - startedAt;
  const stop = async (): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  return { pid: child.pid!, credentials: readCredentials(kubeconfig), startMs, stop };
}

function untilServing(child: ChildProcess): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      if (/serving/.test(text)) resolve();
    };
    child.stdout!.on('data', onData);
    child.stderr!.on('data', onData);
    child.once('exit', () => reject(new Error(`the server ended:\n${text}`)));
  });
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
}

function readCredentials(file: string): Credentials {
  const { clusters, users } = parse(readFileSync(file, 'utf8')) as Kubeconfig;
  const { cluster } = clusters[0]!;
  const { user } = users[0]!;
  const { hostname, port } = new URL(cluster.server);
  const decode = (text: string): Buffer => Buffer.from(text, 'base64');
  return {
    host: hostname,
    port: Number(port),
    ca: decode(cluster['certificate-authority-data']),
    cert: decode(user['client-certificate-data']),
    key: decode(user['client-key-data']),
  };
}
