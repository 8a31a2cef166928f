/** A client of HTTP/2 by hand, over a real connection. */
import type { TestContext } from 'node:test';
import { within } from '@weft/testkit';
import { HELLO, RawPeer } from '../http2/testing.ts';
import { connectTcp } from '../transport/tcp-connect.ts';

/** Connects and says hello; the connection ends with the test. */
export function http2Peer(t: TestContext, port: number): Promise<RawPeer> {
  return within(
    'a connection',
    new Promise((resolve, reject) => {
      connectTcp(
        { host: '127.0.0.1', port },
        {
          onConnect: (stream) => {
            t.after(() => stream.destroy());
            const peer = new RawPeer(stream, () => stream.flush());
            peer.send(HELLO);
            resolve(peer);
          },
          onConnectFailure: ({ message }) => reject(new Error(message)),
        },
      );
    }),
  );
}
