/** What every ByteStream owes its user, over real sockets: on Node's handles, and on public sockets. */
import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { eventuallyPasses, tempDir } from '@weft/testkit';
import type { ByteSink, ByteStream, StreamFault } from '../src/transport/byte-stream.ts';
import { nodeHandles } from '../src/transport/node-handles.ts';
import { connectTcp } from '../src/transport/tcp-connect.ts';
import { type Accepted, TcpListener } from '../src/transport/tcp-listener.ts';

/** Keeps what arrives, and checks that it is never called from inside a call to its stream. */
class Recorder implements ByteSink {
  readonly stream: ByteStream;
  received = Buffer.alloc(0);
  hasEnded = false;
  drains = 0;
  closes: (StreamFault | undefined)[] = [];
  onBytesHook: ((bytes: Buffer, start: number, end: number) => void) | undefined;

  constructor(stream: ByteStream) {
    this.stream = stream;
    stream.attach(this);
  }

  onBytes(bytes: Buffer, start: number, end: number): void {
    if (this.onBytesHook !== undefined) this.onBytesHook(bytes, start, end);
    else this.received = Buffer.concat([this.received, bytes.subarray(start, end)]);
  }

  onEnd(): void {
    this.hasEnded = true;
  }

  onDrain(): void {
    this.drains++;
  }

  onClose(fault: StreamFault | undefined): void {
    this.closes.push(fault);
  }

  send(text: string): void {
    const bytes = Buffer.from(text);
    this.stream.write(bytes, 0, bytes.length);
  }
}

interface Pair {
  readonly recorder: Recorder;
  readonly accepted: Accepted;
  readonly client: Socket;
}

async function accept(t: TestContext, isPublic: boolean, listenPath?: string): Promise<Pair> {
  let onAccept: (accepted: Accepted) => void = () => assert.fail('accepted twice');
  const first = new Promise<Accepted>((resolve) => {
    onAccept = resolve;
  });
  const listener = new TcpListener({
    listen: listenPath === undefined ? { host: '127.0.0.1', port: 0 } : { path: listenPath },
    onAccept: (accepted) => onAccept(accepted),
    isPublic,
  });
  await listener.start();
  t.after(() => listener.close());
  const client =
    listenPath === undefined
      ? connect({ host: '127.0.0.1', port: listener.address.port, allowHalfOpen: true })
      : connect({ path: listenPath, allowHalfOpen: true });
  t.after(() => client.destroy());
  client.on('error', () => client.destroy());
  const accepted = await first;
  return { accepted, recorder: new Recorder(accepted.stream), client };
}

const kinds = [
  { name: 'on handles', isPublic: false, skip: nodeHandles === undefined ? 'this Node has no known handles' : false },
  { name: 'on public sockets', isPublic: true, skip: false },
];

for (const { name, isPublic, skip } of kinds) {
  describe(`a byte stream ${name}`, { skip }, () => {
    it('carries bytes both ways and tells who is there', async (t) => {
      const { recorder, accepted, client } = await accept(t, isPublic);
      client.write('hello');
      await eventuallyPasses(() => assert.equal(recorder.received.toString(), 'hello'));
      recorder.send('world');
      assert.equal(String(await onceData(client)), 'world');
      assert.equal(accepted.connection.remote.text, `127.0.0.1:${client.localPort}`);
      assert.equal(accepted.connection.local.text, `127.0.0.1:${client.remotePort}`);
      assert.deepEqual([accepted.stream.bytesRead, accepted.stream.bytesWritten], [5, 5]);
    });

    it('sends what is written in one turn together, in order', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      const { stream } = recorder;
      const at = stream.room(3);
      stream.out.write('abc', at);
      stream.commit(at + 3);
      recorder.send('def');
      const more = stream.room(40_000);
      stream.out.fill('g', more, more + 40_000);
      stream.commit(more + 40_000);
      const received = await readBytes(client, 40_006);
      assert.equal(received.toString(), `abcdef${'g'.repeat(40_000)}`);
    });

    it('is congested while the peer does not read, keeps the order, and drains', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      client.pause();
      const { stream } = recorder;
      const chunk = Buffer.alloc(48_000);
      let sent = 0;
      while (!stream.isCongested) {
        chunk.fill(sent & 255);
        stream.write(chunk, 0, chunk.length);
        stream.flush();
        sent++;
        assert.ok(sent < 1000, 'never congested');
      }
      assert.ok(stream.pendingBytes > 0);
      const given = sent * chunk.length;
      assert.equal(stream.bytesWritten + stream.pendingBytes, given, 'what is being sent counts as pending');
      const received = await readBytes(client, sent * chunk.length);
      for (let i = 0; i < sent; i++) {
        const piece = received.subarray(i * chunk.length, (i + 1) * chunk.length);
        assert.ok(
          piece.every((byte) => byte === (i & 255)),
          `piece ${i} is whole`,
        );
      }
      await eventuallyPasses(() => assert.equal(recorder.drains, 1));
      assert.equal(stream.isCongested, false);
      await eventuallyPasses(() => assert.deepEqual([stream.bytesWritten, stream.pendingBytes], [given, 0]));
    });

    it('is congested within one turn too, for whoever writes on and on', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      client.pause();
      const { stream } = recorder;
      const chunk = Buffer.alloc(20_000);
      let sent = 0;
      for (; !stream.isCongested && sent < 2000; sent++) stream.write(chunk, 0, chunk.length);
      assert.ok(sent < 2000, 'never congested');
      assert.ok(stream.pendingBytes < 300_000, `${stream.pendingBytes} bytes wait`);
      await readBytes(client, sent * chunk.length);
      await eventuallyPasses(() => assert.equal(recorder.drains, 1));
    });

    it('stops reading while it is paused', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      recorder.stream.pause();
      client.write('later');
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(recorder.received.length, 0);
      recorder.stream.resume();
      await eventuallyPasses(() => assert.equal(recorder.received.toString(), 'later'));
    });

    it('half-closes in both directions, and closes when both are done', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      client.end('bye');
      await eventuallyPasses(() => assert.ok(recorder.hasEnded));
      assert.equal(recorder.received.toString(), 'bye');
      assert.equal(recorder.closes.length, 0);
      recorder.send('still here');
      recorder.stream.end();
      assert.equal(String(await onceData(client)), 'still here');
      await eventuallyPasses(() => assert.deepEqual(recorder.closes, [undefined]));
    });

    it('tells of a reset by the peer once', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      client.resetAndDestroy();
      await eventuallyPasses(() =>
        assert.deepEqual(
          recorder.closes.map((fault) => fault?.kind),
          ['reset'],
        ),
      );
      assert.ok(recorder.stream.isClosed);
    });

    it('closes in a later turn when told to, and takes no more', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      client.resume();
      recorder.stream.destroy();
      assert.equal(recorder.closes.length, 0);
      recorder.send('lost');
      await eventuallyPasses(() => assert.deepEqual(recorder.closes, [undefined]));
      await eventuallyPasses(() => assert.ok(client.readableEnded || client.destroyed));
    });

    it('resets the peer on an abrupt close', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      const failure = new Promise<NodeJS.ErrnoException>((resolve) => {
        client.once('error', resolve);
      });
      client.resume();
      recorder.stream.destroy(true);
      assert.equal((await failure).code, 'ECONNRESET');
    });

    it('is handed over to another sink in the middle of a callback', async (t) => {
      const { recorder, client } = await accept(t, isPublic);
      let second: Recorder | undefined;
      recorder.onBytesHook = () => {
        second = new Recorder(recorder.stream);
      };
      client.write('1');
      await eventuallyPasses(() => assert.ok(second));
      client.write('2');
      await eventuallyPasses(() => assert.equal(second!.received.toString(), '2'));
    });

    it('works on Unix sockets', async (t) => {
      const { recorder, client, accepted } = await accept(t, isPublic, path.join(tempDir(t), 'socket'));
      client.write('hello');
      await eventuallyPasses(() => assert.equal(recorder.received.toString(), 'hello'));
      assert.match(accepted.connection.local.text, /socket$/);
    });

    it('connects, and says why it cannot', async (t) => {
      const server = createServer((socket) => socket.end('hi'));
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const { port } = server.address() as { port: number };
      const recorder = await new Promise<Recorder>((resolve, reject) => {
        connectTcp(
          { host: '127.0.0.1', port, isPublic },
          { onConnect: (stream) => resolve(new Recorder(stream)), onConnectFailure: reject },
        );
      });
      await eventuallyPasses(() => assert.equal(recorder.received.toString(), 'hi'));
      recorder.stream.end();
      await eventuallyPasses(() => assert.deepEqual(recorder.closes, [undefined]));
      await new Promise((resolve) => {
        server.close(resolve);
      });
      const fault = await new Promise<StreamFault>((resolve, reject) => {
        connectTcp({ host: '127.0.0.1', port, isPublic }, { onConnect: reject, onConnectFailure: resolve });
      });
      assert.equal(fault.kind, 'refused');
      t.diagnostic(fault.message);
    });
  });
}

/** Answers before it has read everything and closes, so that its system resets the connection; then wakes who waits for `state[0]`. */
const HASTY_SERVER = `
  const { createServer } = require('node:net');
  const { parentPort, workerData: state } = require('node:worker_threads');
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.pause();
      socket.write('answer', () => socket.destroy());
    });
    socket.once('close', () => {
      Atomics.store(state, 0, 1);
      Atomics.notify(state, 0);
    });
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

describe('a byte stream whose peer takes no more', () => {
  const skip = nodeHandles === undefined ? 'only handles can be read after a write has failed' : false;
  it('still reads what the peer said before', { skip }, async (t) => {
    const state = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(HASTY_SERVER, { eval: true, workerData: state });
    t.after(() => worker.terminate());
    const port = await new Promise<number>((resolve) => {
      worker.once('message', resolve);
    });
    const recorder = await new Promise<Recorder>((resolve, reject) => {
      connectTcp(
        { host: '127.0.0.1', port },
        { onConnect: (stream) => resolve(new Recorder(stream)), onConnectFailure: reject },
      );
    });
    recorder.send('x'.repeat(300_000));
    recorder.stream.flush();
    // Nothing is read here before the answer and the reset have come.
    assert.notEqual(Atomics.wait(state, 0, 0, 10_000), 'timed-out');
    recorder.send('more');
    recorder.stream.flush();
    recorder.send('and more');
    recorder.stream.flush();
    await eventuallyPasses(() => assert.equal(recorder.closes.length, 1));
    assert.equal(recorder.received.toString(), 'answer');
    assert.equal(recorder.closes[0]?.kind, 'reset');
  });
});

function onceData(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    socket.once('data', resolve);
  });
}

async function readBytes(socket: Socket, count: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let total = 0;
  socket.on('data', (bytes) => {
    pieces.push(bytes);
    total += bytes.length;
  });
  socket.resume();
  await eventuallyPasses(() => assert.equal(total, count), { withinMs: 20_000 });
  return Buffer.concat(pieces);
}
