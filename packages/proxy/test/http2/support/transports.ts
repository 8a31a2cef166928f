import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { ByteStream } from '../../../src/transport/byte-stream.ts';
import { connectTcp } from '../../../src/transport/tcp-connect.ts';
import { TcpListener } from '../../../src/transport/tcp-listener.ts';
import { SocketStream } from './socket-stream.ts';

/** How tests get byte streams over loopback. */
export interface Transport {
  readonly name: string;
  /** Listens on a free port and returns it with what stops it. */
  listen(onStream: (stream: ByteStream) => void): Promise<{ readonly port: number; close(): void }>;
  connect(port: number): Promise<ByteStream>;
}

const HOST = '127.0.0.1';

const adapter: Transport = {
  name: 'an adapter of sockets',
  async listen(onStream) {
    const server = createServer({ allowHalfOpen: true }, (socket) => onStream(new SocketStream(socket)));
    server.listen(0, HOST);
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port, close: () => server.close() };
  },
  async connect(port) {
    const socket = connect({ port, host: HOST, allowHalfOpen: true });
    await once(socket, 'connect');
    return new SocketStream(socket);
  },
};

function ofProxy(name: string, isPublic: boolean): Transport {
  return {
    name,
    async listen(onStream) {
      const listen = { host: HOST, port: 0 };
      const listener = new TcpListener({ listen, isPublic, onAccept: ({ stream }) => onStream(stream) });
      await listener.start();
      return { port: listener.address.port, close: () => listener.close() };
    },
    connect: (port) =>
      new Promise((resolve, reject) => {
        connectTcp(
          { host: HOST, port, isPublic },
          { onConnect: resolve, onConnectFailure: ({ message }) => reject(new Error(message)) },
        );
      }),
  };
}

/** What the sessions must run over: the transports of the proxy, and one that shares nothing with them. */
export const TRANSPORTS: readonly Transport[] = [
  adapter,
  ofProxy("Node's handles", false),
  ofProxy("Node's public sockets", true),
];
