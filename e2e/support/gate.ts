/** A way to a server that can be shut: what a broken network does to a client, while the server goes on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';
import { parse, stringify } from 'yaml';

/** Passes connections on to a server. */
export class Gate {
  /** A kubeconfig for the way through the gate. */
  readonly kubeconfig: string;
  private readonly sockets: Set<Socket>;
  private readonly state: { isOpen: boolean };

  private constructor(kubeconfig: string, sockets: Set<Socket>, state: { isOpen: boolean }) {
    this.kubeconfig = kubeconfig;
    this.sockets = sockets;
    this.state = state;
  }

  /** A gate before the server of a kubeconfig; it ends with the test. */
  static async open(t: TestContext, kubeconfig: string): Promise<Gate> {
    const text = readFileSync(kubeconfig, 'utf8');
    const config = parse(text) as { clusters: [{ cluster: { server: string } }] };
    const [{ cluster }] = config.clusters;
    const { hostname, port: target } = new URL(cluster.server);
    const sockets = new Set<Socket>();
    const state = { isOpen: true };
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      if (state.isOpen) bind(socket, connect(Number(target), hostname));
      else socket.destroy();
    });
    const port = await listen(server);
    t.after(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const own = join(tempDir(t), 'kubeconfig');
    Object.assign(
      cluster,
      { server: `https://127.0.0.1:${port}` },
      hostname === '127.0.0.1' ? {} : { 'tls-server-name': hostname },
    );
    writeFileSync(own, stringify(config), { mode: 0o600 });
    return new Gate(own, sockets, state);
  }

  /** Cuts every connection and lets no new one through. */
  shut(): void {
    this.state.isOpen = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Lets connections through again. */
  reopen(): void {
    this.state.isOpen = true;
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Each end goes with the other. */
function bind(near: Socket, far: Socket): void {
  for (const [socket, other] of [
    [near, far],
    [far, near],
  ] as const) {
    socket.setNoDelay(true);
    socket.on('error', () => other.destroy());
    socket.on('close', () => other.destroy());
    socket.pipe(other);
  }
}
