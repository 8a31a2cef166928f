/** Clients that have had one answer and say nothing more. */
import { connect, type Socket } from 'node:net';
import { ANSWER_END } from '../proxy/application.ts';

/** Opened at a time: what waits to be accepted stays below every proxy's backlog. */
const WAVE = 100;
/** A proxy that takes no more connections lets clients wait for ever. */
const ANSWER_MS = 30_000;

/** Opens so many connections. */
export async function openIdle(port: number, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    try {
      sockets.push(...(await Promise.all(Array.from({ length: WAVE }, () => ask(port)))));
    } catch (thrown: unknown) {
      for (const socket of sockets) socket.destroy();
      throw new Error(`after ${sockets.length} of ${count} connections`, { cause: thrown });
    }
  }
  return sockets;
}

/** A connection that has had one answer. */
export function ask(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('GET / HTTP/1.1\r\nhost: app\r\n\r\n'));
    socket.once('error', reject);
    socket.setTimeout(ANSWER_MS, () =>
      socket.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s: does the proxy take so many?`)),
    );
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      if (!received.endsWith(ANSWER_END)) return;
      socket.removeAllListeners('data');
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
