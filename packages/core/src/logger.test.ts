import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '@weft/testkit';
import fc from 'fast-check';
import { MeshError } from './errors.ts';
import { LogLevels, parseLogLevels } from './log-levels.ts';
import { createLogger, type Logger, noopLogger } from './logger.ts';
import { Secret } from './secret.ts';

function setUp(format: 'text' | 'json', spec = 'info'): { logger: Logger; lines: string[]; levels: LogLevels } {
  const lines: string[] = [];
  const levels = new LogLevels(spec);
  const clock = new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  return {
    logger: createLogger({ component: 'kube', levels, format, clock, write: (line) => lines.push(line) }),
    lines,
    levels,
  };
}

test('a text line has time, level, component, message and fields', () => {
  const { logger, lines } = setUp('text');
  logger.info('listening', { address: '127.0.0.1:6443', note: 'two words', count: 3, tls: true, none: undefined });
  assert.deepEqual(lines, [
    '2026-01-02T03:04:05.678Z info    kube: listening address=127.0.0.1:6443 note="two words" count=3 tls=true none=null\n',
  ]);
});

test('a JSON line is one object whose own names cannot be taken by fields', () => {
  const { logger, lines } = setUp('json');
  logger.child({ stream: 7 }).error('failed', { time: 'x', ids: [1, 2] });
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '2026-01-02T03:04:05.678Z',
    level: 'error',
    component: 'kube',
    message: 'failed',
    stream: 7,
    'field.time': 'x',
    ids: [1, 2],
  });
});

test('an error reads from the outside to its root, with code and hint', () => {
  const { logger, lines } = setUp('text');
  const error = new MeshError('MESH_CONNECT', 'cannot connect', { cause: new Error('refused'), hint: 'start it' });
  logger.warning('retrying', { error });
  assert.match(
    lines[0] ?? '',
    /retrying error="cannot connect: refused" error\.code=MESH_CONNECT error\.hint="start it"\n$/,
  );
  const debug = setUp('json', 'debug');
  debug.logger.warning('retrying', { error });
  const logged = (JSON.parse(debug.lines[0] ?? '') as { error: { stack: string; cause: { message: string } } }).error;
  assert.match(logged.stack, /^at .*logger\.test\.ts/);
  assert.equal(logged.cause.message, 'refused');
});

test('levels hold per component, parents count for children, and change while running', () => {
  const { logger, lines, levels } = setUp('text', 'kube:debug,*:error');
  logger.named('kube.watch').debug('seen');
  logger.named('xds').warning('hidden');
  assert.equal(lines.length, 1);
  levels.setLevel('xds:info,kube.watch:none');
  logger.named('xds').info('seen');
  logger.named('kube.watch').error('hidden');
  logger.named('kubelet').debug('hidden');
  assert.deepEqual(
    lines.map((line) => line.split(' ').at(-1)),
    ['seen\n', 'seen\n'],
  );
  assert.equal(levels.toString(), 'xds:info,kube.watch:none,*:info');
  assert.deepEqual(parseLogLevels(levels.toString()).kind, 'ok');
});

test('a level specification that cannot be read is refused in words and changes nothing', () => {
  const levels = new LogLevels('warning');
  for (const [spec, pattern] of [
    ['loud', /invalid log level "loud": "loud" is not a level/],
    ['kube:', /"" is not a level/],
    ['kube:debug,,x:info', /a part between commas is empty/],
    ['a b:info', /"a b" is not a component name/],
    ['a:info,a:debug', /component "a" is given twice/],
    ['constructor', /is not a level/],
  ] as const) {
    assert.throws(() => levels.setLevel(spec), pattern);
  }
  assert.equal(levels.toString(), '*:warning');
});

test('thunks run only for messages that are written, and their failures are logged in their place', () => {
  const { logger, lines } = setUp('text');
  logger.debug(
    () => assert.fail('evaluated'),
    () => assert.fail('evaluated'),
  );
  logger.info(
    () => 'made',
    () => ({ n: 1 }),
  );
  logger.info(() => {
    throw new Error('oops');
  });
  logger.info('m', () => {
    throw new Error('oops');
  });
  assert.match(lines[0] ?? '', /made n=1\n$/);
  assert.match(lines[1] ?? '', /\[log argument failed: oops\]/);
  assert.match(lines[2] ?? '', /logArgument="\[log argument failed: oops\]"/);
});

test('secrets do not reach the line: by name, by looks, by type, at any depth', () => {
  for (const format of ['text', 'json'] as const) {
    const { logger, lines } = setUp(format);
    logger.child({ password: 'hunter2' }).info('got Bearer hunter2hunter2', {
      headers: new Map([
        ['Set-Cookie', 'hunter2'],
        ['accept', 'x'],
      ]),
      nested: { list: [{ apiKey: 'hunter2' }] },
      wrapped: new Secret('hunter2'),
      url: new URL('http://u:hunter2@h/'),
      error: new Error('no access with token=hunter2'),
    });
    assert.doesNotMatch(lines[0] ?? '', /hunter2/);
    assert.match(lines[0] ?? '', /accept/);
  }
});

test('no message can make a second line or a control sequence, whatever it holds', () => {
  const texts = fc.string({ unit: 'binary' });
  for (const format of ['text', 'json'] as const) {
    fc.assert(
      fc.property(texts, texts, texts, (message, name, value) => {
        const { logger, lines } = setUp(format);
        logger.info(message, { [name]: value });
        assert.equal(lines.length, 1);
        assert.match(lines[0] ?? '', /^[^\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]*\n$/u);
        if (format === 'json') JSON.parse(lines[0] ?? '');
      }),
    );
  }
});

test('a forged line stays inside of its message', () => {
  const { logger, lines } = setUp('text');
  logger.info('user "x\n2026-01-02T03:04:05.678Z error kube: all is lost"', { agent: 'a\r\nb\u001b[31m\u202e' });
  assert.match(lines[0] ?? '', /"x\\n2026.*agent="a\\r\\nb\\u001b\[31m\\u202e"\n$/);
});

test('invisible marks are escaped in JSON too, and read back as they were', () => {
  const { logger, lines } = setUp('json');
  const marks = 'a\u2028b\u202ec\u{e0001}d';
  logger.info(marks);
  assert.match(lines[0] ?? '', /a\\u2028b\\u202ec\\udb40\\udc01d/);
  assert.equal((JSON.parse(lines[0] ?? '') as { message: string }).message, marks);
});

test('the size of a line is bounded whatever is logged', () => {
  const { logger, lines } = setUp('json');
  const cyclic: Record<string, unknown> = { self: undefined };
  cyclic['self'] = cyclic;
  logger.info('x'.repeat(1_000_000), {
    long: 'y'.repeat(1_000_000),
    list: new Array(100_000).fill('z'.repeat(100)),
    wide: Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${n}`, n])),
    cyclic,
    bytes: new Uint8Array(5),
    [`n${'n'.repeat(10_000)}`]: 1,
  });
  assert.ok((lines[0] ?? '').length < 60_000, String(lines[0]?.length));
  const record = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(record['bytes'], '[5 bytes]');
  assert.match(String(record['message']), /…\(\d+ more\)$/);
});

test('values of every kind are logged without an exception', () => {
  const { logger, lines } = setUp('json');
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('no');
      },
    },
  );
  logger.info('kinds', {
    big: 10n,
    nan: Number.NaN,
    date: new Date(0),
    bad: new Date(Number.NaN),
    fn: () => 1,
    symbol: Symbol('s'),
    set: new Set([1]),
    hostile,
    getter: {
      get x(): never {
        throw new Error('no');
      },
    },
    regexp: /a/,
    nothing: null,
  });
  const { time: _time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.deepEqual(rest, {
    level: 'info',
    component: 'kube',
    message: 'kinds',
    big: '10',
    nan: 'NaN',
    date: '1970-01-01T00:00:00.000Z',
    bad: 'invalid date',
    fn: '[function fn]',
    symbol: 'Symbol(s)',
    set: [1],
    hostile: '[not readable: no]',
    getter: '[not readable: no]',
    regexp: '/a/',
    nothing: null,
  });
});

test('bound fields are kept by named loggers and replaced by newer ones', () => {
  const { logger, lines } = setUp('text');
  logger.child({ a: 1, b: 1 }).child({ a: 2 }).named('x').info('m', { b: 3 });
  assert.match(lines[0] ?? '', / x: m a=2 b=3\n$/);
  assert.equal(noopLogger.child({}).named('y').isEnabled('error'), false);
});
