/** Runs the kubectls that are on the machine, each with a home of its own so that its caches are fresh. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** One kubectl. */
export interface KubectlBinary {
  readonly path: string;
  /** Such as `1.32.5`. */
  readonly version: string;
}

/** What a command printed. */
export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const DISPATCHER = /dispatcher/;
const TIMEOUT_MS = 30_000;

/** The oldest kubectl that the server is made for. */
export const OLDEST_MINOR = 27;

/** Every kubectl from 1.27 on PATH and beside it, one a minor version; more can be named in KUBECTL_BINS, separated as PATH is. */
export async function findKubectls(): Promise<KubectlBinary[]> {
  const candidates = new Set<string>(
    (process.env['KUBECTL_BINS'] ?? '').split(delimiter).filter((path) => path !== ''),
  );
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'kubectl');
    if (folder === '' || !existsSync(path)) continue;
    candidates.add(path);
    const home = dirname(realpathSync(path));
    for (const name of readdirSync(home)) if (/^kubectl\.\d+\.\d+$/.test(name)) candidates.add(join(home, name));
  }
  const byMinor = new Map<string, KubectlBinary>();
  for (const path of candidates) {
    const version = await versionOf(path);
    if (version === undefined) continue;
    const minor = version.split('.').slice(0, 2).join('.');
    if (!byMinor.has(minor)) byMinor.set(minor, { path, version });
  }
  return [...byMinor.values()].filter((k) => minorOf(k) >= OLDEST_MINOR).sort((a, b) => minorOf(a) - minorOf(b));
}

function minorOf(binary: KubectlBinary): number {
  return Number(binary.version.split('.')[1]);
}

async function versionOf(path: string): Promise<string | undefined> {
  const { code, stdout } = await run(path, ['version', '--client', '-o', 'json'], {});
  if (code !== 0) return undefined;
  const { clientVersion } = JSON.parse(stdout) as { clientVersion?: { gitVersion?: string } };
  const version = clientVersion?.gitVersion ?? '';
  // A dispatcher starts one of its siblings, which are found by themselves.
  return DISPATCHER.test(version) ? undefined : version.replace(/^v/, '').replace(/[-+].*/, '');
}

/** A kubectl that talks to one server. */
export class Kubectl {
  readonly binary: KubectlBinary;
  private readonly env: Record<string, string>;

  constructor(binary: KubectlBinary, kubeconfig: string, home: string) {
    this.binary = binary;
    this.env = { KUBECONFIG: kubeconfig, HOME: home, PATH: process.env['PATH'] ?? '' };
  }

  /** Runs a command line, given as words; `input` goes to its standard input. */
  run(
    args: readonly string[],
    options: { readonly input?: string; readonly env?: Record<string, string> } = {},
  ): Promise<CommandOutput> {
    return run(this.binary.path, args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Starts a command that goes on; `output` collects what it prints. */
  start(args: readonly string[]): { readonly output: () => string; readonly stop: () => void } {
    const child = spawn(this.binary.path, args, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    return { output: () => text, stop: () => void child.kill('SIGKILL') };
  }
}

function run(
  path: string,
  args: readonly string[],
  options: { readonly input?: string; readonly env?: Record<string, string> },
): Promise<CommandOutput> {
  return new Promise((resolve) => {
    const child = execFile(
      path,
      [...args],
      { env: options.env ?? process.env, timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({
          code,
          stdout,
          stderr: error?.killed === true ? `${stderr}\n(killed after ${TIMEOUT_MS} ms)` : stderr,
        });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
