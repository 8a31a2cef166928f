/** A server that can be killed and started again at the same address, as one that crashes is. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';
import { parse } from 'yaml';
import { type RunningServer, readKubeconfig, startServer } from './server.ts';

/** A server on a state folder of its own. */
export class RestartableServer {
  readonly state: string;
  private readonly t: TestContext;
  private current: RunningServer;

  private constructor(t: TestContext, state: string, current: RunningServer) {
    this.t = t;
    this.state = state;
    this.current = current;
  }

  static async start(t: TestContext): Promise<RestartableServer> {
    const state = join(tempDir(t), 'state');
    return new RestartableServer(t, state, await startServer(t, { state }));
  }

  /** Holds its meaning over restarts: address, CA and owner stay the same. */
  get kubeconfig(): string {
    return this.current.kubeconfig;
  }

  /** The address, as clients read it. */
  get url(): URL {
    const { clusters } = parse(readKubeconfig(this.current)) as { clusters: { cluster: { server: string } }[] };
    return new URL(clusters[0]!.cluster.server);
  }

  /** What the process that runs now has printed. */
  output(): string {
    return this.current.output();
  }

  /** Ends the server as a crash does, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.current.stop('SIGKILL');
  }

  /** Starts it again at the same address with the same state. */
  async restart(): Promise<void> {
    this.current = await startServer(this.t, { state: this.state, args: ['--listen', this.url.host] });
  }

  /** Throws the stopped server's objects away but keeps its keys, as somebody who restores an empty database does. */
  wipeObjects(): void {
    for (const file of ['weft.db', 'weft.db-wal', 'weft.db-shm']) rmSync(join(this.state, file), { force: true });
  }

  async stop(): Promise<void> {
    await this.current.stop();
  }
}
