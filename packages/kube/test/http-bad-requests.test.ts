/** What the server answers over real connections to requests that are broken, hostile or unusual. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { eventually } from '@weft/testkit';
import { parse } from 'yaml';
import { openWatches, readAnswer, requestText, startTestServer, type TestServer } from './support/server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const MiB = 1024 * 1024;

/** Sends bytes on a new connection and returns the answer. */
async function raw(
  server: TestServer,
  bytes: string | Uint8Array,
  method = 'GET',
): Promise<ReturnType<typeof readAnswer>> {
  const client = await server.connect();
  await client.send(bytes);
  const answer = readAnswer(await client.readResponse(method));
  await client.peer.close();
  return answer;
}

test('broken bodies are told by line and column, and the connection goes on', async (t) => {
  const server = await startTestServer(t);
  const on = await server.connect();
  const json = await server.ask('POST', CONFIG_MAPS, { on, body: '{\n  "metadata": {"name": "x",}\n}' });
  assert.equal(json.status, 400);
  assert.match(json.json.message, /not valid JSON: .* at line 2, column 28/);
  const headers = { 'Content-Type': 'application/yaml' };
  const yaml = await server.ask('POST', CONFIG_MAPS, { on, headers, body: 'metadata:\n  name: [x\ndata: {}\n' });
  assert.equal(yaml.status, 400);
  assert.match(yaml.json.message, /not valid YAML: .* at line 3, column \d+/);
  const cases: [string, RegExp][] = [
    ['[]', /must be a JSON object/],
    ['null', /must be a JSON object/],
    ['', /not valid JSON/],
    ['{"metadata": 5}', /metadata/],
    [`{"a":${'['.repeat(5000)}`, /exceeded max depth/],
  ];
  for (const [body, message] of cases) {
    const answer = await server.ask('POST', CONFIG_MAPS, { on, body });
    assert.equal(answer.status, 400, body.slice(0, 50));
    assert.match(answer.json.message, message);
  }
  const good = await server.ask('POST', CONFIG_MAPS, { on, headers, body: 'metadata:\n  name: good\n' });
  assert.equal(good.status, 201, good.text);
});

test('bytes that are not UTF-8 are refused with their place', async (t) => {
  const server = await startTestServer(t);
  const body = Buffer.concat([Buffer.from('{"metadata":{"name":"'), Buffer.from([0xff]), Buffer.from('"}}')]);
  const head = `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await raw(server, Buffer.concat([Buffer.from(head), body]));
  assert.equal(answer.status, 400);
  assert.match(answer.json.message, /invalid UTF-8 at byte 21 \(0xff\)/);
});

test('hostile YAML is refused: nesting, aliases, several documents', async (t) => {
  const server = await startTestServer(t);
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(9)}]`)
    .join('\n')}`;
  for (const body of ['['.repeat(100_000), `${'- '.repeat(20_000)}x`, bomb, 'a: 1\n---\nb: 2\n', '{a: b', '\t- x']) {
    const answer = await server.ask('POST', CONFIG_MAPS, { headers: { 'Content-Type': 'application/yaml' }, body });
    assert.equal(answer.status, 400, `${body.slice(0, 20)}: ${answer.text.slice(0, 200)}`);
    assert.equal(answer.json.reason, 'BadRequest');
  }
  const long = await server.ask('POST', CONFIG_MAPS, {
    headers: { 'Content-Type': 'application/yaml' },
    body: `data:\n${'  a: b\n'.repeat(100_000)}`,
  });
  assert.equal(long.status, 413);
  assert.match(long.json.message, /limit is 262144 for YAML; send JSON/);
  assert.deepEqual(server.log.messages('error'), []);
});

test('a body beyond 3 MiB is refused, and the client gets to read so', async (t) => {
  const server = await startTestServer(t);
  const chunk = Buffer.alloc(MiB, 'x');
  const declared = await server.connect();
  await declared.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: ${8 * MiB}\r\n\r\n`);
  // The client sends all of it before it looks at the answer, as simple clients do.
  for (let i = 0; i < 8; i++) await declared.send(chunk);
  const first = readAnswer(await declared.readResponse('POST'));
  assert.equal(first.status, 413);
  assert.equal(first.json.reason, 'RequestEntityTooLarge');
  assert.equal(first.header('connection'), 'close');
  await declared.peer.expectEnd();
  assert.equal(declared.peer.error, undefined);

  const chunked = await server.connect();
  await chunked.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`);
  for (let i = 0; i < 6; i++)
    await chunked.send(Buffer.concat([Buffer.from('100000\r\n'), chunk, Buffer.from('\r\n')]));
  await chunked.send('0\r\n\r\n');
  const second = readAnswer(await chunked.readResponse('POST'));
  assert.equal(second.status, 413);
  await chunked.peer.expectEnd();
  assert.equal(chunked.peer.error, undefined);
});

test('a client that never stops to send a refused body is cut off', async (t) => {
  const server = await startTestServer(t, { timeouts: { lingerMs: 50 } });
  const client = await server.connect();
  await client.send(`POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: ${900 * MiB}\r\n\r\n`);
  assert.equal((await client.readResponse('POST')).statusCode, 413);
  await client.peer.expectEnd();
});

test('large objects are refused by what is too large in them', async (t) => {
  const server = await startTestServer(t);
  const annotations = { big: 'x'.repeat(MiB) };
  const answer = await server.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'x', annotations } } });
  assert.equal(answer.status, 422, answer.text.slice(0, 300));
  assert.match(answer.json.message, /metadata\.annotations: Too long: /);
});

test('what is not HTTP, or ambiguous HTTP, is refused and the connection ends', async (t) => {
  const server = await startTestServer(t);
  const post = (headers: string): string => `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n`;
  const cases: [string, string][] = [
    ['both lengths', post('Content-Length: 4\r\nTransfer-Encoding: chunked')],
    ['both lengths, other order', post('Transfer-Encoding: chunked\r\nContent-Length: 4')],
    ['two lengths', post('Content-Length: 4\r\nContent-Length: 5')],
    ['two equal lengths', post('Content-Length: 4\r\nContent-Length: 4')],
    ['a list of lengths', post('Content-Length: 4, 4')],
    ['a negative length', post('Content-Length: -1')],
    ['an unknown encoding', post('Transfer-Encoding: chunked, gzip')],
    ['a folded header', `GET /version HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n`],
    ['a space before the colon', `GET /version HTTP/1.1\r\nHost : a\r\n\r\n`],
    ['bare line feeds', `GET /version HTTP/1.1\nHost: a\n\n`],
    ['no host', 'GET /version HTTP/1.1\r\n\r\n'],
    ['a control character', 'GET /ver\u0001sion HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a wrong version', 'GET /version HTTP/9.9\r\nHost: a\r\n\r\n'],
    ['an unknown method', 'BREW /version HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['rubbish', '\u0000\u0001\u0002rubbish\r\n\r\n'],
  ];
  for (const [name, bytes] of cases) {
    const client = await server.connect();
    await client.send(bytes);
    const answer = await client.readResponse().catch((error: Error) => assert.fail(`${name}: ${error.message}`));
    assert.equal(answer.statusCode, 400, name);
    await client.peer.expectEnd();
  }
});

test('a request smuggled behind another is never answered', async (t) => {
  const server = await startTestServer(t);
  const client = await server.connect();
  const inner = requestText('DELETE', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt');
  await client.send(
    `POST ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
  );
  assert.equal((await client.readResponse()).statusCode, 400);
  await client.peer.expectEnd();
  const still = await eventually(
    async () => (await server.ask('GET', `${CONFIG_MAPS}/kube-root-ca.crt`)).status === 200,
  );
  assert.ok(still);
});

test('headers beyond 32 KiB are refused with 431, and the client gets to read so', async (t) => {
  const server = await startTestServer(t);
  const answer = await raw(server, `GET /version HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(500_000)}\r\n\r\n`);
  assert.equal(answer.status, 431);
  assert.match(answer.json.message, /headers of the request are too large/);
  const many = `GET /api/v1/secrets HTTP/1.1\r\nHost: a\r\n${'a:b\r\n'.repeat(4000)}Impersonate-User: nobody\r\n\r\n`;
  assert.equal((await raw(server, many)).status, 403, 'none of many headers is forgotten');
  const fits = await raw(server, `GET /version HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
  assert.equal(fits.status, 200);
});

test('methods that the API does not have are refused with 405', async (t) => {
  const server = await startTestServer(t);
  for (const method of ['TRACE', 'OPTIONS', 'PROPFIND', 'QUERY']) {
    for (const path of [CONFIG_MAPS, '/version', '/healthz']) {
      const answer = await server.ask(method, path);
      assert.equal(answer.status, 405, `${method} ${path}`);
      assert.equal(answer.json.reason, 'MethodNotAllowed');
    }
  }
  assert.equal((await server.ask('POST', '/version', { body: {} })).status, 405);
  assert.equal((await server.ask('OPTIONS', '*')).status, 405);
  const tunnel = await server.connect();
  await tunnel.sendHead('CONNECT 127.0.0.1:22 HTTP/1.1', 'Host: 127.0.0.1:22');
  assert.equal((await tunnel.readResponse()).statusCode, 405);
  await tunnel.peer.expectEnd();
});

test('paths with bad escapes are refused, other strange ones are not found', async (t) => {
  const server = await startTestServer(t);
  for (const path of [
    '/api/v1/namespaces/%zz/pods',
    '/api/%',
    '/%ff/x',
    '/api/v1/namespaces/default/configmaps/%c3%28',
  ]) {
    assert.equal((await server.ask('GET', path)).status, 400, path);
  }
  const strange = [
    '/..',
    '/../../etc/passwd',
    '/api/v1/../v1',
    '/api/v1/namespaces/../pods/x',
    '/x?%zz=%',
    '//',
    `/${'a/'.repeat(5000)}`,
  ];
  for (const path of strange) assert.equal((await server.ask('GET', path)).status, 404, path);
  assert.equal((await server.ask('GET', 'https://elsewhere/version')).status, 200, 'absolute form');
});

test('a HEAD has the headers of a GET and no body, a watch too', async (t) => {
  const server = await startTestServer(t);
  const on = await server.connect();
  const get = await server.ask('GET', '/version', { on });
  const head = await server.ask('HEAD', '/version', { on });
  assert.equal(head.status, 200);
  assert.equal(head.header('content-length'), get.header('content-length'));
  assert.equal(head.text, '');
  assert.equal((await server.ask('HEAD', `${CONFIG_MAPS}?watch=true`, { on })).status, 200);
  assert.equal((await server.ask('HEAD', '/api/v1/nothing', { on })).status, 404);
  assert.equal((await server.ask('GET', '/version', { on })).text, get.text);
});

test('a client that waits for 100 Continue gets it only when its body is wanted', async (t) => {
  const server = await startTestServer(t);
  const good = await server.connect();
  const body = JSON.stringify({ metadata: { name: 'waited' } });
  const head = (path: string, length: number): string =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;
  await good.send(head(CONFIG_MAPS, body.length));
  assert.equal((await good.readResponse()).statusCode, 100);
  await good.send(body);
  assert.equal((await good.readResponse()).statusCode, 201);
  const large = await server.connect();
  await large.send(head(CONFIG_MAPS, 5 * MiB));
  assert.equal((await large.readResponse()).statusCode, 413);
  const stranger = await server.connect('anonymous');
  await stranger.send(head(CONFIG_MAPS, body.length));
  assert.equal((await stranger.readResponse()).statusCode, 403);
  large.peer.end();
  stranger.peer.end();
  await large.peer.expectEnd();
  await stranger.peer.expectEnd();
  const other = await raw(server, 'GET /version HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n');
  assert.equal(other.status, 417);
});

test('pipelined requests are answered in their order', async (t) => {
  const server = await startTestServer(t);
  const client = await server.connect();
  const names = ['a', 'b', 'c'];
  await client.send(names.map((name) => requestText('POST', CONFIG_MAPS, { body: { metadata: { name } } })).join(''));
  for (const name of names) assert.equal(readAnswer(await client.readResponse()).json.metadata.name, name);
});

test('rubbish behind a request that is still being answered never mixes into its answer', async (t) => {
  const server = await startTestServer(t);
  const client = await server.connect();
  await client.send(`${requestText('GET', `${CONFIG_MAPS}?watch=true`)}`);
  await client.peer.readUntil('\r\n\r\n');
  await client.send('rubbish\r\n\r\n');
  const rest = (await client.peer.readToEnd()).toString();
  assert.doesNotMatch(rest, /HTTP\/1\.1/);
  await eventually(async () => (await openWatches(server)) === 0);
});

test('formats: YAML both ways, unknown ones refused by name', async (t) => {
  const server = await startTestServer(t);
  const yaml = { 'Content-Type': 'application/yaml', Accept: 'application/yaml' };
  const created = await server.ask('POST', CONFIG_MAPS, {
    headers: yaml,
    body: 'metadata:\n  name: yes-it-is\ndata:\n  a: "1"\n',
  });
  assert.equal(created.status, 201);
  assert.equal(created.header('content-type'), 'application/yaml');
  assert.match(created.text, /^apiVersion: v1\nkind: ConfigMap\nmetadata:\n {2}name: yes-it-is\n/);
  const list = await server.ask('GET', CONFIG_MAPS, { headers: yaml });
  assert.match(list.text, /^kind: ConfigMapList\n/);
  assert.ok((parse(list.text) as { items: unknown[] }).items.length >= 1);
  const missing = await server.ask('GET', `${CONFIG_MAPS}/none`, { headers: yaml });
  assert.equal(missing.status, 404);
  assert.equal((parse(missing.text) as { reason: string }).reason, 'NotFound');
  assert.match((await server.ask('GET', '/apis', { headers: yaml })).text, /^kind: APIGroupList\n/);
  assert.equal((await server.ask('GET', `${CONFIG_MAPS}?watch=1`, { headers: yaml })).status, 406);
  for (const accept of [
    'text/html',
    'application/cbor',
    'application/vnd.kubernetes.protobuf',
    'rubbish',
    'application/json;q=0',
  ]) {
    const refused = await server.ask('GET', CONFIG_MAPS, { headers: { Accept: accept } });
    assert.equal(refused.status, 406, accept);
    assert.match(refused.json.message, /application\/json, application\/yaml/);
  }
  for (const type of ['text/plain', 'application/xml', 'application/cbor', 'multipart/form-data; boundary=x']) {
    const refused = await server.ask('POST', CONFIG_MAPS, { headers: { 'Content-Type': type }, body: 'x' });
    assert.equal(refused.status, 415, type);
  }
  for (const type of ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml']) {
    const refused = await server.ask('POST', CONFIG_MAPS, {
      headers: { 'Content-Type': type },
      body: { metadata: { name: 'x' } },
    });
    assert.equal(refused.status, 415, type);
  }
  const packed = await server.ask('POST', CONFIG_MAPS, { headers: { 'Content-Encoding': 'gzip' }, body: {} });
  assert.equal(packed.status, 415);
});

test('an upgrade is not made: the request is answered as it stands', async (t) => {
  const server = await startTestServer(t);
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'x',
    'Sec-WebSocket-Version': '13',
  };
  assert.equal((await server.ask('GET', '/version', { headers })).status, 200);
  const exec = await server.ask('GET', '/api/v1/namespaces/default/pods/x/exec?command=ls', { headers });
  assert.equal(exec.status, 404);
});

test('an old client gets its answer and the end of the connection', async (t) => {
  const server = await startTestServer(t);
  const client = await server.connect();
  await client.send('GET /version HTTP/1.0\r\n\r\n');
  assert.equal((await client.readResponse()).statusCode, 200);
  await client.peer.expectEnd();
});

/** An address of this machine that is not the loopback, where answers are worth compressing. */
function outerAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flat();
  return all.find((address) => address?.family === 'IPv4' && !address.internal)?.address;
}

test('large answers are compressed for clients elsewhere that ask for it', {
  skip: outerAddress() === undefined,
}, async (t) => {
  const server = await startTestServer(t, { host: '0.0.0.0', extraHosts: [outerAddress()!] });
  const data = { blob: 'x'.repeat(300_000) };
  await server.ask('POST', CONFIG_MAPS, { body: { metadata: { name: 'big' }, data } });
  const get = (encoding: string, path: string): ReturnType<typeof server.ask> =>
    server.ask('GET', `${CONFIG_MAPS}${path}`, { headers: { 'Accept-Encoding': encoding }, host: outerAddress()! });
  for (const [encoding, path, isCompressed] of [
    ['gzip', '/big', true],
    ['deflate, GZIP;q=0.5', '/big', true],
    ['gzip;q=0', '/big', false],
    ['identity', '/big', false],
    ['gzip', '/kube-root-ca.crt', false],
  ] as const) {
    const answer = await get(encoding, path);
    assert.equal(answer.header('content-encoding'), isCompressed ? 'gzip' : undefined, `${encoding} ${path}`);
    const text = isCompressed ? gunzipSync(answer.bytes).toString() : answer.text;
    assert.equal(JSON.parse(text).kind, 'ConfigMap');
    assert.equal(answer.bytes.length < 10_000, isCompressed || path !== '/big');
  }
});
