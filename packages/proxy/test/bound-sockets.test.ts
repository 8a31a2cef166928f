/** Sockets that one process binds and others listen on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { tempDir, within } from '@weft/testkit';
import { BoundSockets, type SocketUser } from '../src/transport/bound-sockets.ts';
import { type GivenSocket, ListeningSockets, type ListenPlace, socketKey } from '../src/transport/listening-sockets.ts';
import { systemPath } from '../src/transport/socket-path.ts';
import { connectTcp } from '../src/transport/tcp-connect.ts';
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
async function startWorker(t: TestContext, bound: BoundSockets, user: SocketUser, listen: ListenPlace) {
  const sockets = new ListeningSockets({
    take: (request) => bound.take(request, user),
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

/** A path that a process has listened at which was killed. */
function abandon(path: string): void {
  const script =
    'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  spawnSync(process.execPath, ['-e', script, path]);
  assert.ok(statSync(path).isSocket());
}

/** A name of this process alone. */
function abstractName(what: string): string {
  return `@weft-test-${process.pid}-${what}`;
}

function permissionsOf(path: string): number {
  return statSync(path).mode & 0o777;
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

  it('close when nobody listens on them any more', async (t) => {
    const bound = setUp(t);
    const listen = { host: HOST, port: 0 };
    const request = { key: socketKey('', listen), listen, sharesPort: true };
    const [first, second] = users(2);
    const given: readonly GivenSocket[] = await bound.take(request, first!);
    assert.equal(given.length, 8);
    await bound.take(request, second!);
    bound.release(request.key, first!);
    assert.equal((await bound.take(request, first!))[0], given[0]);
    bound.releaseAll(first!);
    bound.releaseAll(second!);
    assert.notEqual((await bound.take(request, first!))[0], given[0]);
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
    await assert.rejects(
      bound.take({ key: 'x', listen, sharesPort: true }, user!),
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

  it('take over a path that a process has left, and refuse one where somebody listens or that is no socket', async (t) => {
    const bound = setUp(t);
    const [first] = users(1);
    const path = join(tempDir(t), 'socket');
    abandon(path);
    await startWorker(t, bound, first!, { path });
    assert.equal(await ask({ path }), 'closed');
    const other = setUp(t);
    const request = { key: path, listen: { path }, sharesPort: false };
    await assert.rejects(other.take(request, first!), /cannot bind .*socket: another process listens there/);
    assert.equal(await ask({ path }), 'closed');
    const file = join(tempDir(t), 'file');
    writeFileSync(file, 'precious');
    await assert.rejects(
      other.take({ ...request, key: file, listen: { path: file } }, first!),
      /something is there that is no socket/,
    );
    assert.equal(readFileSync(file, 'utf8'), 'precious');
  });

  it('of a path are the same for all who ask at the same time', async (t) => {
    const bound = setUp(t);
    const path = join(tempDir(t), 'socket');
    abandon(path);
    const request = { key: path, listen: { path }, sharesPort: false };
    const [first, second] = users(2);
    const [a, b] = await Promise.all([bound.take(request, first!), bound.take(request, second!)]);
    assert.equal(a[0], b[0]);
  });

  it('may be a path with permissions, or an abstract name', async (t) => {
    const bound = setUp(t);
    const path = join(tempDir(t), 'socket');
    const [first] = users(1);
    await startWorker(t, bound, first!, { path, mode: 0o602 });
    assert.equal(permissionsOf(path), 0o602);
    const name = abstractName('bound');
    const b = await startWorker(t, bound, first!, { path: name });
    assert.equal(await ask({ path: systemPath(name) }), 'closed');
    b.listener.close();
    assert.equal(existsSync(name), false);
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

  it('is taken over from a process that has left it, and from nobody else', async (t) => {
    const path = join(tempDir(t), 'socket');
    abandon(path);
    const create = () => new TcpListener({ listen: { path }, onAccept: ({ stream }) => stream.destroy() });
    const listener = create();
    t.after(() => listener.close());
    await listener.start();
    assert.equal(await ask({ path }), 'closed');
    await assert.rejects(create().start(), /cannot bind .*socket: another process listens there/);
    assert.equal(await ask({ path }), 'closed');
  });

  it('has the permissions that it was given', async (t) => {
    const path = join(tempDir(t), 'socket');
    const listener = new TcpListener({ listen: { path, mode: 0o602 }, onAccept: ({ stream }) => stream.destroy() });
    t.after(() => listener.close());
    await listener.start();
    assert.equal(permissionsOf(path), 0o602);
  });

  it('may be an abstract name, which clients find and the file system does not', { skip }, async (t) => {
    const name = abstractName('own');
    const listener = new TcpListener({ listen: { path: name }, onAccept: ({ stream }) => stream.destroy() });
    t.after(() => listener.close());
    await listener.start();
    assert.equal(listener.address.text, name);
    assert.equal(existsSync(name), false);
    for (const isPublic of [false, true]) {
      const connected = Promise.withResolvers<string>();
      connectTcp(
        { host: name, port: undefined, isPublic },
        {
          onConnect: (stream, { remote }) => {
            stream.destroy();
            connected.resolve(remote.text);
          },
          onConnectFailure: ({ message }) => connected.reject(new Error(message)),
        },
      );
      assert.equal(await within('the connection', connected.promise), name);
    }
  });
});
