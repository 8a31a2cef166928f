/** Servers and clients of TCP for tests, none of them ours. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { within } from '@weft/testkit';
import { listen } from './http-peers.ts';

type HandleSocket = (socket: Socket) => unknown;

/** Accepts connections until the test ends, and does as it is told with each. */
export function tcpServer(t: TestContext, handle: HandleSocket): Promise<number> {
  return serve(t, handle, false);
}

/** The same, but each direction of a connection ends by itself. */
export function halfOpenServer(t: TestContext, handle: HandleSocket): Promise<number> {
  return serve(t, handle, true);
}

/** A connection that lasts until the test ends. */
export function tcpClient(t: TestContext, port: number): Promise<Socket> {
  return dial(t, port, false);
}

/** The same, but each direction ends by itself. */
export function halfOpenClient(t: TestContext, port: number): Promise<Socket> {
  return dial(t, port, true);
}

/** Everything that comes until the other side ends. */
export async function readToEnd(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => parts.push(bytes));
  await within('the end of the stream', once(socket, 'end'), 20_000);
  return Buffer.concat(parts);
}

function serve(t: TestContext, handle: HandleSocket, allowHalfOpen: boolean): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    handle(socket);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  return listen(t, server);
}

async function dial(t: TestContext, port: number, allowHalfOpen: boolean): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  socket.on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}
