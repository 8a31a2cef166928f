// Methods of other services on our server, called with the gRPC of others.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { noopLogger, systemClock, systemRandom } from '@weft/core';
import { eventuallyPasses, leakCheck, within } from '@weft/testkit';
import {
  frameMessage,
  GrpcError,
  type GrpcMethod,
  GrpcServer,
  type GrpcServerLimits,
  grpcCode,
  serverStreamMethod,
  unaryMethod,
} from '@weft/xds/server';

leakCheck();

const identity = (bytes: Buffer): Buffer => bytes;

/** Ends before it was asked anything. */
const sayBye: GrpcMethod = (stream) => {
  setImmediate(() => stream.end());
  const nothing = () => undefined;
  return { onMessage: nothing, onHalfClose: nothing, onDrain: nothing, onShutdown: nothing, onClose: nothing };
};

async function start(t: TestContext, limits: Partial<GrpcServerLimits> = {}) {
  const aborted: string[] = [];
  const methods = new Map([
    ['/test.Echo/Echo', unaryMethod(systemClock, async (request) => request)],
    [
      '/test.Echo/Fail',
      unaryMethod(systemClock, async () => {
        throw new GrpcError({ code: grpcCode.permissionDenied, message: 'nicht für dich: 100%' });
      }),
    ],
    [
      '/test.Echo/Hang',
      unaryMethod(systemClock, async (_request, _stream, signal) => {
        await once(signal, 'abort');
        aborted.push('hang');
        return new Uint8Array();
      }),
    ],
    ['/test.Echo/Bye', sayBye],
    [
      '/test.Echo/Many',
      serverStreamMethod(systemClock, async (request, _stream, { send }) => {
        for (let count = 0; count < Number(Buffer.from(request).toString()); count += 1)
          await send(new Uint8Array(50_000));
      }),
    ],
  ]);
  const server = new GrpcServer({ methods, limits, clock: systemClock, random: systemRandom, logger: noopLogger });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  t.after(async () => {
    client.close();
    await server.close();
  });
  const call = (method: string, request: string, deadlineMs = 10_000) =>
    new Promise<string | ServiceError>((resolve) => {
      const deadline = new Date(Date.now() + deadlineMs);
      client.makeUnaryRequest(
        `/test.Echo/${method}`,
        identity,
        identity,
        Buffer.from(request),
        { deadline },
        (error, answer) => {
          resolve(error ?? (answer ?? Buffer.alloc(0)).toString());
        },
      );
    });
  return { server, client, call, aborted };
}

describe('methods', () => {
  it('answer, fail in words, and are told when nobody waits any more', async (t) => {
    const { call, aborted } = await start(t);
    assert.equal(await call('Echo', 'hello'), 'hello');
    const failed = (await call('Fail', '')) as ServiceError;
    assert.deepEqual([failed.code, failed.details], [grpcCode.permissionDenied, 'nicht für dich: 100%']);
    const unknown = (await call('Unknown', '')) as ServiceError;
    assert.deepEqual(
      [unknown.code, unknown.details],
      [grpcCode.unimplemented, '/test.Echo/Unknown is no method of this server'],
    );
    const late = (await call('Hang', '', 50)) as ServiceError;
    assert.equal(late.code, grpcCode.deadlineExceeded);
    await eventuallyPasses(() => assert.deepEqual(aborted, ['hang']));
  });

  it('stream as much as the reader takes', async (t) => {
    const { client } = await start(t);
    const stream = client.makeServerStreamRequest('/test.Echo/Many', identity, identity, Buffer.from('40'));
    let bytes = 0;
    for await (const message of stream) bytes += (message as Buffer).length;
    assert.equal(bytes, 40 * 50_000);
  });

  it('refuse a message that is too long without collecting it', async (t) => {
    const { call } = await start(t, { maxMessageBytes: 100 });
    const refused = (await call('Echo', 'x'.repeat(200))) as ServiceError;
    assert.equal(refused.code, grpcCode.resourceExhausted);
    assert.equal(await call('Echo', 'short'), 'short');
  });
});

/** A plain connection of HTTP/2. */
async function open(t: TestContext, server: GrpcServer): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${server.port}`);
  session.on('error', () => undefined);
  t.after(() => session.destroy());
  await once(session, 'connect');
  return session;
}

describe('connections', () => {
  it('that do not answer are cut', async (t) => {
    const { server } = await start(t, { keepaliveMs: 1, keepaliveTimeoutMs: 1 });
    const socket = createConnection({ host: '127.0.0.1', port: server.port });
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    // The preface of HTTP/2 and empty settings, and never again a word: no ping is answered.
    socket.write(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]),
    );
    await eventuallyPasses(() => assert.equal(server.connectionCount, 1));
    await once(socket.resume(), 'close');
    assert.equal(server.connectionCount, 0);
  });

  it('of clients that leave their side of a call open end with the server', async (t) => {
    const { server } = await start(t, { graceMs: 60_000 });
    const session = await open(t, server);
    const headers = { ':method': 'POST', 'content-type': 'application/grpc' };
    const begin = (path: string) => {
      const stream = session.request({ ...headers, ':path': path }, { endStream: false });
      return stream.on('error', () => undefined).resume();
    };
    // The answers of both end with their trailers, which does not end a stream to whose other side more may come.
    const [refused, ended] = [begin('/test.Echo/None'), begin('/test.Echo/Bye')];
    await Promise.all([once(refused, 'response'), once(ended, 'trailers')]);
    await within('the connection to end', server.drain());
  });

  it('that speak no gRPC are told so', async (t) => {
    const { server } = await start(t);
    const session = await open(t, server);
    for (const [headers, status] of [
      [{ ':path': '/test.Echo/Echo', ':method': 'GET' }, 405],
      [{ ':path': '/test.Echo/Echo', ':method': 'POST', 'content-type': 'text/plain' }, 415],
    ] as const) {
      const stream = session.request(headers);
      const [response] = (await once(stream, 'response')) as [{ ':status': number }];
      assert.equal(response[':status'], status);
      stream.close();
    }
  });

  it('that end in the middle of a message, or send two where one is due, get an answer', async (t) => {
    const { server } = await start(t);
    const session = await open(t, server);
    const headers = { ':path': '/test.Echo/Echo', ':method': 'POST', 'content-type': 'application/grpc' };
    for (const [bytes, code] of [
      [Buffer.from([0, 0, 0, 0, 9, 1]), grpcCode.internal],
      [Buffer.concat([frameMessage(Buffer.from('a')), frameMessage(Buffer.from('b'))]), grpcCode.unimplemented],
      [Buffer.alloc(0), grpcCode.unimplemented],
    ] as const) {
      const stream = session.request(headers);
      const trailers = once(stream, 'trailers') as Promise<[{ 'grpc-status': string }]>;
      stream.resume();
      stream.end(bytes);
      const [trailer] = await trailers;
      assert.equal(Number(trailer['grpc-status']), code);
    }
  });
});
