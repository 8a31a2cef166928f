import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { libcGetSocketOption } from './libc.ts';
import { decodeAddress, type GetSocketOption, redirectedFrom } from './redirected-from.ts';
import { type Accepted, TcpListener } from './tcp-listener.ts';

/** A connection that has been accepted on a loopback address. */
async function acceptOne(t: TestContext, host: string): Promise<Accepted> {
  const accepted = Promise.withResolvers<Accepted>();
  const listener = new TcpListener({ listen: { host, port: 0 }, onAccept: accepted.resolve });
  await listener.start();
  t.after(() => listener.close());
  const { port } = listener.address as { port: number };
  const socket = connect({ host, port });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  const one = await accepted.promise;
  t.after(() => one.stream.destroy());
  return one;
}

describe('SO_ORIGINAL_DST', () => {
  it('is asked of the socket, by its family', async (t) => {
    const asked: (readonly number[])[] = [];
    const answer: GetSocketOption = (fd, level, option, value, length) => {
      asked.push([level, option, length[0]!]);
      assert.ok(fd > 2);
      const bytes =
        level === 0 ? [2, 0, 0, 80, 10, 96, 0, 1] : [10, 0, 0, 80, 0, 0, 0, 0, 0xfd, ...Array(14).fill(0), 1];
      value.set(bytes as number[]);
      return 0;
    };
    const find = redirectedFrom(answer);
    assert.equal(find(await acceptOne(t, '127.0.0.1'))?.text, '10.96.0.1:80');
    assert.equal(find(await acceptOne(t, '::1'))?.text, '[fd00::1]:80');
    assert.deepEqual(asked, [
      [0, 80, 28],
      [41, 80, 28],
    ]);
  });

  it('is not there for a connection that came by itself', async (t) => {
    assert.equal(redirectedFrom(() => -1)(await acceptOne(t, '127.0.0.1')), undefined);
  });

  it('is read from the bytes that the kernel writes', () => {
    const v4 = Buffer.from([2, 0, 0x1f, 0x90, 192, 168, 1, 200, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(decodeAddress(v4, false).text, '192.168.1.200:8080');
    const v6 = Buffer.alloc(28);
    v6.writeUInt16BE(443, 2);
    v6.set([0x20, 0x01, 0x0d, 0xb8], 8);
    v6.writeUInt32BE(0xff, 20);
    assert.equal(decodeAddress(v6, true).text, '[2001:db8::ff]:443');
  });
});

describe('getsockopt of this machine', () => {
  const real = libcGetSocketOption();
  const skip = real === undefined ? 'this Node.js cannot call functions of libc (node:ffi)' : false;

  it('knows nothing of a connection that nobody has redirected', { skip }, async (t) => {
    assert.equal(redirectedFrom(real!)(await acceptOne(t, '127.0.0.1')), undefined);
  });

  it('answers for other options', { skip }, async (t) => {
    const { stream } = await acceptOne(t, '127.0.0.1');
    const value = Buffer.alloc(4);
    // SO_TYPE of SOL_SOCKET is SOCK_STREAM.
    assert.equal(real!((stream as unknown as { fd: number }).fd, 1, 3, value, Uint32Array.of(4)), 0);
    assert.equal(value.readUInt32LE(), 1);
  });
});
