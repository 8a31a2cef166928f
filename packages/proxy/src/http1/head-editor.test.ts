import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { HeadEditor } from './head-editor.ts';
import { HeadScan } from './head-scan.ts';
import { scanRequestHead, scanResponseHead } from './head-scanner.ts';
import { KnownHeader } from './known-headers.ts';

const HEAD =
  'GET /a?b HTTP/1.1\r\nHost: h\r\nConnection: x\r\nX-A:  one \r\nEmpty:\r\nconnection: y\r\nLast: z\r\n\r\n';

/** A scanned copy of `head` with `body` behind it, at `from` in a buffer with `room` bytes behind. */
function scanned(head: string, body: string, from: number, room: number, scanner = scanRequestHead) {
  const bytes = Buffer.alloc(from + head.length + body.length + room, '.');
  bytes.write(head + body, from, 'latin1');
  const scan = new HeadScan();
  scan.begin(from);
  const dataEnd = from + head.length + body.length;
  assert.equal(scanner(scan, bytes, dataEnd), from + head.length);
  return { bytes, scan, dataEnd };
}

function textOf(editor: HeadEditor, bytes: Buffer): readonly [string, string] {
  return [
    bytes.toString('latin1', editor.headStart, editor.headEnd),
    bytes.toString('latin1', editor.headEnd, editor.dataEnd),
  ];
}

suite('head editor', () => {
  test('edits a request in place', () => {
    const { bytes, scan, dataEnd } = scanned(HEAD, 'body', 5, 300);
    const editor = new HeadEditor();
    editor.begin(scan);
    assert.ok(editor.isEmpty);
    editor.appendField('x-request-id', Buffer.from('id'));
    editor.removeKnown(KnownHeader.connection);
    editor.replaceTarget('/');
    editor.replaceMethod('OPTIONS');
    editor.replaceMinorVersion(0);
    editor.replaceValue(scan.first[KnownHeader.host]!, 'other.example');
    editor.replaceValue(3, 'full');
    editor.appendLines('a: 1\r\nb: 2\r\n');
    const { growth } = editor;
    assert.ok(editor.apply(bytes, dataEnd, { floor: 0, capacity: bytes.length }));
    const head =
      'OPTIONS / HTTP/1.0\r\nHost: other.example\r\nX-A:  one \r\nEmpty:full\r\nLast: z\r\nx-request-id: id\r\na: 1\r\nb: 2\r\n\r\n';
    assert.deepEqual(textOf(editor, bytes), [head, 'body']);
    assert.equal(growth, head.length - HEAD.length);
  });

  test('edits a status line with and without reason', () => {
    for (const line of ['HTTP/1.1 200 OK', 'HTTP/1.1 200', 'HTTP/1.1 200 ']) {
      const { bytes, scan, dataEnd } = scanned(`${line}\r\nA: b\r\n\r\n`, '', 0, 40, scanResponseHead);
      const editor = new HeadEditor();
      editor.begin(scan);
      editor.replaceStatus(503, 'Service Unavailable');
      assert.ok(editor.apply(bytes, dataEnd, { floor: 0, capacity: bytes.length }));
      assert.deepEqual(textOf(editor, bytes), ['HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n', '']);
    }
  });

  test('moves the shorter of head and body, and touches nothing that does not fit', () => {
    const body = 'b'.repeat(500);
    const { bytes, scan, dataEnd } = scanned(HEAD, body, 20, 0);
    const before = Buffer.from(bytes);
    const editor = new HeadEditor();
    editor.begin(scan);
    editor.appendField('a', 'b'.repeat(15));
    assert.equal(editor.apply(bytes, dataEnd, { floor: 1, capacity: bytes.length }), false);
    assert.deepEqual(bytes, before);
    assert.equal(editor.applyTo(Buffer.alloc(100), 0, bytes, dataEnd), false);
    assert.ok(editor.apply(bytes, dataEnd, { floor: 0, capacity: bytes.length }));
    assert.equal(editor.headStart, 0);
    assert.equal(editor.dataEnd, dataEnd);
    assert.equal(textOf(editor, bytes)[1], body);
  });

  test('needs begin()', () => {
    assert.throws(() => new HeadEditor().appendField('a', 'b'), /before begin/);
  });

  test('equals string building for any set of edits, in place and into another buffer', () => {
    const value = fc.stringMatching(/^[a-z]{0,80}$/);
    // Per field: keep, remove, or a new value.
    const plan = fc.record({
      fields: fc.array(fc.oneof(fc.constant('keep'), fc.constant(undefined), value), { minLength: 6, maxLength: 6 }),
      appended: fc.array(value, { maxLength: 40 }),
      target: fc.option(value),
      method: fc.option(value),
      isReversed: fc.boolean(),
      body: fc.stringMatching(/^[0-9]{0,200}$/),
      from: fc.nat(300),
      room: fc.nat(600),
    });
    const editor = new HeadEditor();
    fc.assert(
      fc.property(plan, ({ fields, appended, target, method, isReversed, body, from, room }) => {
        const { bytes, scan, dataEnd } = scanned(HEAD, body, from, room);
        const source = Buffer.from(bytes);
        editor.begin(scan);
        const steps = fields.map((edit, field) => () => {
          if (edit === undefined) editor.removeField(field);
          else if (edit !== 'keep') editor.replaceValue(field, edit);
        });
        if (target !== null) steps.push(() => editor.replaceTarget(target));
        if (method !== null) steps.push(() => editor.replaceMethod(Buffer.from(method)));
        for (const step of isReversed ? steps.reverse() : steps) step();
        for (const each of appended) editor.appendField('x-new', each);
        const [, ...lines] = HEAD.slice(0, -4).split('\r\n');
        const kept = lines.flatMap((line, field) => naiveLine(line, fields[field]));
        const added = appended.map((each) => `x-new: ${each}`);
        const expected = `${[`${method ?? 'GET'} ${target ?? '/a?b'} HTTP/1.1`, ...kept, ...added].join('\r\n')}\r\n\r\n`;
        const other = Buffer.alloc(expected.length + body.length + 3);
        assert.ok(editor.applyTo(other, 3, bytes, dataEnd));
        assert.deepEqual(textOf(editor, other), [expected, body]);
        assert.deepEqual(bytes, source);
        const growth = expected.length - HEAD.length;
        assert.equal(editor.growth, growth);
        const fits = growth <= room || growth <= from;
        assert.equal(editor.apply(bytes, dataEnd, { floor: 0, capacity: bytes.length }), fits);
        if (fits) assert.deepEqual(textOf(editor, bytes), [expected, body]);
      }),
      { numRuns: 500 },
    );
  });
});

function naiveLine(line: string, edit: string | undefined): readonly string[] {
  if (edit === undefined) return [];
  if (edit === 'keep') return [line];
  return [line.replace(/^([^:]+:[ ]*)(.*?)( *)$/, (_, name: string, _old, blank: string) => name + edit + blank)];
}
