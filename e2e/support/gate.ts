/** A way to a server that can be shut: what a broken network does to a client, while the server goes on. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';

/** Passes connections on to a server on this machine. */
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
    const target = Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
    const sockets = new Set<Socket>();
    const state = { isOpen: true };
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      if (state.isOpen) bind(socket, connect(target, '127.0.0.1'));
      else socket.destroy();
    });
    const port = await listen(server);
    t.after(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    const own = join(tempDir(t), 'kubeconfig');
    writeFileSync(own, text.replace(`127.0.0.1:${target}`, `127.0.0.1:${port}`), { mode: 0o600 });
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
