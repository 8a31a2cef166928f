/** Sockets that one process binds and others listen on. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { connect, createServer, type ListenOptions, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { tempDir } from '@weft/testkit';
import { BoundSockets, type SocketUser } from '../src/transport/bound-sockets.ts';
import { type GivenSocket, ListeningSockets, socketKey } from '../src/transport/listening-sockets.ts';
import { TcpListener } from '../src/transport/tcp-listener.ts';

const HOST = '127.0.0.1';
const skip = process.platform === 'linux' ? false : 'needs Linux';

function setUp(t: TestContext): BoundSockets {
  const sockets = new BoundSockets();
  t.after(() => sockets.close());
  return sockets;
}

function users(count: number): readonly SocketUser[] {
  return Array.from({ length: count }, (_, index) => ({ index, count }));
}

/** A listener of a worker, and what it accepts. */
async function startWorker(t: TestContext, bound: BoundSockets, user: SocketUser, listen: ListenOptions) {
  const sockets = new ListeningSockets({
    take: (request) => Promise.resolve(bound.take(request, user)),
    release: (key) => bound.release(key, user),
    keepsPaths: true,
  });
  let accepted = 0;
  const listener = new TcpListener({
    listen,
    sharesPort: true,
    sockets,
    onAccept: ({ stream }) => {
      accepted++;
      stream.destroy();
    },
  });
  t.after(() => listener.close());
  await listener.start();
  return { listener, accepted: () => accepted };
}

function ask(listen: { readonly port?: number; readonly path?: string }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(listen.path === undefined ? { host: HOST, port: listen.port ?? 0 } : { path: listen.path });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.on('close', () => resolve('closed'));
    socket.resume();
  });
}

function portOf(server: { readonly listener: TcpListener }): number {
  const { address } = server.listener;
  return 'port' in address ? Number(address.port) : 0;
}

describe('bound sockets', { skip }, () => {
  it('are dealt out, so that each listener has its share of one address', async (t) => {
    const bound = setUp(t);
    const [first, second] = users(2);
    const a = await startWorker(t, bound, first!, { host: HOST, port: 0 });
    const b = await startWorker(t, bound, second!, { host: HOST, port: 0 });
    assert.equal(portOf(a), portOf(b));
    for (let i = 0; i < 64; i++) assert.equal(await ask({ port: portOf(a) }), 'closed');
    assert.equal(a.accepted() + b.accepted(), 64);
    assert.ok(a.accepted() > 0 && b.accepted() > 0, `${a.accepted()} and ${b.accepted()}`);
  });

  it('close when nobody listens on them any more', (t) => {
    const bound = setUp(t);
    const listen = { host: HOST, port: 0 };
    const request = { key: socketKey('', listen), listen, sharesPort: true };
    const [first, second] = users(2);
    const given: readonly GivenSocket[] = bound.take(request, first!);
    assert.equal(given.length, 8);
    bound.take(request, second!);
    bound.release(request.key, first!);
    assert.equal(bound.take(request, first!)[0], given[0]);
    bound.releaseAll(first!);
    bound.releaseAll(second!);
    assert.notEqual(bound.take(request, first!)[0], given[0]);
  });

  it('are refused where somebody listens already', async (t) => {
    const bound = setUp(t);
    const other: Server = createServer();
    t.after(() => other.close());
    await new Promise<void>((resolve) => {
      other.listen(0, HOST, resolve);
    });
    const { port } = other.address() as { port: number };
    const listen = { host: HOST, port };
    const [user] = users(1);
    assert.throws(
      () => bound.take({ key: 'x', listen, sharesPort: true }, user!),
      /cannot bind 127\.0\.0\.1:\d+: address already in use/,
    );
  });

  it('may be a path, which stays until all have left', async (t) => {
    const bound = setUp(t);
    const path = join(tempDir(t), 'socket');
    const [first] = users(1);
    const a = await startWorker(t, bound, first!, { path });
    assert.equal(await ask({ path }), 'closed');
    assert.ok(existsSync(path));
    a.listener.close();
    assert.equal(existsSync(path), false);
  });
});

describe('a path to listen at', () => {
  it('vanishes with its listener, unless another process has it now', async (t) => {
    const path = join(tempDir(t), 'socket');
    for (const isHandedOver of [false, true]) {
      const sockets = new ListeningSockets();
      const listener = new TcpListener({ listen: { path }, sockets, onAccept: ({ stream }) => stream.destroy() });
      await listener.start();
      assert.equal(listener.address.text, path);
      assert.equal(await ask({ path }), 'closed');
      if (isHandedOver) sockets.markHandedOver();
      listener.close();
      assert.equal(existsSync(path), isHandedOver);
    }
  });
});
