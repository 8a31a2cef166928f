import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '@weft/testkit';
import type { Backend, Journal } from './journal.ts';

/** A server that greets with its name and echoes; what it received is written down when the connection ends. */
export async function startTcpBackend(name: string, journal: Journal): Promise<Backend> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const chunks: Buffer[] = [];
    const write = journal.expect();
    socket.write(`hello from ${name}\n`);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      socket.write(chunk);
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => write({ backend: name, line: show(Buffer.concat(chunks)) }));
  });
  return listen(server);
}

/** A TLS hello has random bytes. */
function show(bytes: Buffer): string {
  return bytes[0] === 0x16 && bytes[1] === 0x03 ? 'TLS hello' : bytes.toString('latin1');
}

/** A port that refuses connections. */
export async function startClosedPort(): Promise<Backend> {
  const port = await freePort();
  return { port, close: () => Promise.resolve() };
}

/** Listens on a loopback port; closing ends the connections too. */
export async function listen(server: Server): Promise<Backend> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
