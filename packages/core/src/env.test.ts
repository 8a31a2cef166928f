import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { deepFreeze } from './deep-freeze.ts';
import { envChoice, envDurationMs, envFlag, envInteger, envText, parseFeatures, readEnv } from './env.ts';
import { LineWriter } from './node/line-writer.ts';
import { createProcessLogger } from './node/process-logger.ts';
import { unwrap } from './result.ts';

const variables = {
  host: envText('WEFT_HOST', { description: 'Where to listen.', fallback: '127.0.0.1' }),
  port: envInteger('WEFT_PORT', { description: 'The port.', fallback: 6443, min: 0, max: 65_535 }),
  tls: envFlag('WEFT_TLS', { description: 'Whether to use TLS.', fallback: true }),
  timeoutMs: envDurationMs('WEFT_TIMEOUT', { description: 'How long to wait.', fallback: 1_000 }),
  mode: envChoice('WEFT_MODE', { description: 'What to be.', choices: ['sidecar', 'gateway'], fallback: 'sidecar' }),
} as const;

test('unset and empty variables take their fallback, set ones are read by type', () => {
  assert.deepEqual(unwrap(readEnv(variables, { WEFT_HOST: '' })), {
    host: '127.0.0.1',
    port: 6443,
    tls: true,
    timeoutMs: 1_000,
    mode: 'sidecar',
  });
  const env = {
    WEFT_HOST: 'a',
    WEFT_PORT: ' 80 ',
    WEFT_TLS: 'off',
    WEFT_TIMEOUT: '1m',
    WEFT_MODE: 'gateway',
    OTHER: 'x',
  };
  const values = unwrap(readEnv(variables, env));
  assert.deepEqual(values, { host: 'a', port: 80, tls: false, timeoutMs: 60_000, mode: 'gateway' });
  assert.ok(Object.isFrozen(values));
});

test('every variable that cannot be read is reported with what it accepts', () => {
  const read = readEnv(variables, {
    WEFT_PORT: '1e3',
    WEFT_TLS: 'maybe',
    WEFT_TIMEOUT: '-1s',
    WEFT_MODE: 'x'.repeat(1_000),
  });
  assert.ok(read.kind === 'err');
  assert.equal(read.error.length, 4);
  const [port] = read.error;
  assert.deepEqual(
    [port?.message, port?.hint],
    ['WEFT_PORT has the value "1e3"', 'accepted: a whole number from 0 to 65535'],
  );
  assert.ok((read.error[3]?.message.length ?? 0) < 200);
});

test('features are switched by name, and a misspelt one is refused', () => {
  const definitions = {
    decisionTrace: { description: 'Records decisions.', isOnByDefault: false },
    fastEds: { description: 'Short path for endpoints.', isOnByDefault: true },
  };
  assert.deepEqual(unwrap(parseFeatures(definitions, '')), { decisionTrace: false, fastEds: true });
  const features = unwrap(parseFeatures(definitions, 'decisionTrace, fastEds=false'));
  assert.deepEqual({ ...features }, { decisionTrace: true, fastEds: false });
  assert.ok(Object.isFrozen(features));
  const wrong = parseFeatures(definitions, 'fastEDS,constructor,fastEds=perhaps');
  assert.ok(wrong.kind === 'err' && wrong.error.length === 3);
  assert.match(wrong.error[0]?.hint ?? '', /decisionTrace, fastEds/);
});

test('freezing reaches every depth, survives cycles and runs no getter', () => {
  const cyclic: { list: { n: number }[]; self?: unknown; bytes: Uint8Array } = {
    list: [{ n: 1 }],
    bytes: new Uint8Array(1),
  };
  cyclic.self = cyclic;
  Object.defineProperty(cyclic, 'trap', { enumerable: true, get: () => assert.fail('read') });
  const frozen = deepFreeze(cyclic);
  assert.throws(() => {
    (frozen.list[0] as { n: number }).n = 2;
  }, TypeError);
  let deep: unknown = {};
  for (let level = 0; level < 100_000; level += 1) deep = { deep };
  assert.ok(Object.isFrozen(deepFreeze(deep)));
});

test('a slow reader of the log costs lines, not memory, and is told how many', async () => {
  const stream = new PassThrough({ highWaterMark: 10 });
  const writer = new LineWriter(stream, 100);
  for (let n = 0; n < 50; n += 1) writer.write(`line ${n}....\n`);
  assert.ok(writer.droppedCount > 20);
  assert.ok(stream.writableLength < 200);
  stream.resume();
  await new Promise((resolve) => stream.once('drain', resolve));
  let seen = '';
  stream.on('data', (chunk: Buffer) => {
    seen += chunk.toString();
  });
  writer.write('again\n');
  await new Promise((resolve) => setImmediate(resolve));
  assert.match(seen, new RegExp(`${writer.droppedCount} log lines dropped.*\\nagain\\n$`));
});

test('a reader that goes away does not end the program', async () => {
  const stream = new PassThrough();
  const writer = new LineWriter(stream);
  stream.destroy(new Error('EPIPE'));
  await new Promise((resolve) => setImmediate(resolve));
  writer.write('into the void\n');
  assert.equal(writer.droppedCount, 1);
});

test('the log of a process is set up from its environment, or refused in words', () => {
  const made = unwrap(createProcessLogger('weft', { WEFT_LOG: 'kube:debug,*:none', WEFT_LOG_FORMAT: 'json' }));
  assert.equal(made.logger.isEnabled('error'), false);
  assert.equal(made.logger.named('kube').isEnabled('debug'), true);
  const wrong = createProcessLogger('weft', { WEFT_LOG: 'loud' });
  assert.ok(wrong.kind === 'err' && /"loud" is not a level/.test(wrong.error[0]?.message ?? ''));
});
