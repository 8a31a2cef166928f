/** The programs that take part, where they are installed. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';

/** A program of this name on the PATH, or undefined. */
export function findProgram(name: string): string | undefined {
  const { stdout, status } = spawnSync('which', [name], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** What a program says of its version, in one word. */
export function versionOf(program: string, flag: string): string {
  const { stdout, stderr } = spawnSync(program, [flag], { encoding: 'utf8' });
  return /\d+\.\d+(?:\.\d+)*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown';
}

/** A program that runs. */
export interface Running {
  readonly pid: number;
  stop(): void;
}

/** Starts a program on one core and waits until it takes connections on a port. */
export async function startPinned(
  core: number,
  command: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn('taskset', ['-c', String(core), command, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  for (let tries = 0; !(await isListening(port)); tries++) {
    if (child.exitCode !== null || tries > 300)
      throw new Error(`${command} did not start on port ${port}:\n${printed}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
  return { pid: child.pid!, stop: () => child.kill('SIGKILL') };
}

/** Runs a program on one core and returns what it prints. */
export function runPinned(core: number, command: string, args: readonly string[]): string {
  return execFileSync('taskset', ['-c', String(core), command, ...args], { encoding: 'utf8' });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
