import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FieldHead } from './field-head.ts';
import { KnownHeader } from './known-headers.ts';
import { NameSet } from './name-set.ts';
import { RequestFields } from './request-fields.ts';
import { ResponseFields } from './response-fields.ts';

function listed(list: FieldHead): string[] {
  const lines: string[] = [];
  list.forEach((name, value) => {
    lines.push(`${name}: ${value}`);
  });
  return lines;
}

describe('FieldHead', () => {
  it('joins values, cookies by their own separator', () => {
    const list = FieldHead.fromPairs([
      ['a', '1'],
      ['cookie', 'x=1'],
      ['a', '2'],
      ['cookie', 'y=2'],
    ]);
    assert.equal(list.get('a'), '1,2');
    assert.equal(list.get('cookie'), 'x=1; y=2');
    assert.equal(list.get('b'), undefined);
    assert.equal(list.fieldCount, 4);
    assert.equal(list.byteSize, 2 * (2 + 4) + 2 * (9 + 4));
  });

  it('finds known fields by their ids', () => {
    const list = FieldHead.fromPairs([['date', 'now']]);
    const { date, server } = KnownHeader;
    list.addKnown(server, 'a');
    list.addBytes(server, Buffer.from('[b]'), 1, 2);
    assert.deepEqual(
      [list.getKnown(server), list.hasKnown(date), list.hasAnyOf(new NameSet(['x', 'date']))],
      ['a,b', true, true],
    );
    list.setKnown(server, 'c');
    list.removeKnown(date);
    assert.deepEqual(listed(list), ['server: c']);
    list.add('x', '1');
    list.add('y', '2');
    list.removeAnyOf(new NameSet(['server', 'y']));
    assert.deepEqual(listed(list), ['x: 1']);
    list.remove('x');
    list.add('server', 'c');
    assert.equal(list.hasAnyOf(new NameSet(['x', 'date'])), false);
  });

  it('behaves as a plain list of pairs does', () => {
    const name = fc.constantFrom('a', 'b', 'content-type', 'x-request-id');
    const change = fc.tuple(fc.constantFrom('set', 'add', 'remove'), name, fc.stringMatching(/^[a-z0-9]{0,5}$/));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const list = new FieldHead([]);
        let model: [string, string][] = [];
        for (const [verb, key, value] of changes) {
          if (verb === 'set') list.set(key, value);
          else if (verb === 'add') list.add(key, value);
          else list.remove(key);
          const first = model.findIndex(([each]) => each === key);
          if (verb === 'add' || (verb === 'set' && first < 0)) model.push([key, value]);
          else if (verb === 'remove') model = model.filter(([each]) => each !== key);
          else model = model.flatMap((pair, i) => (i === first ? [[key, value]] : pair[0] === key ? [] : [pair]));
        }
        assert.deepEqual(
          listed(list),
          model.map((pair) => pair.join(': ')),
        );
        for (const key of ['a', 'b', 'content-type', 'x-request-id']) {
          const values = model.filter(([each]) => each === key).map(([, value]) => value);
          assert.equal(list.get(key), values.length === 0 ? undefined : values.join(','));
          assert.equal(list.has(key), values.length > 0);
        }
      }),
    );
  });

  it('lets no value end a line, and refuses names that no message may have', () => {
    const list = new FieldHead([]);
    list.set('x', 'a\r\nb: c\0');
    list.add('y', '\u20ac');
    assert.deepEqual(listed(list), ['x: a  b: c ', 'y: ?']);
    for (const name of ['X', '', 'a b', 'a:', 'a\n', '\u20ac']) {
      assert.throws(() => list.set(name, '1'), /is not a field name/, name);
    }
    assert.throws(() => FieldHead.fromPairs([[':path', '/']]), /pseudo-header/);
  });
});

describe('RequestFields', () => {
  const make = () => RequestFields.of({ method: 'GET', scheme: 'https', path: '/a', authority: 'h' }, [['x', 'y']]);

  it('knows its pseudo-headers by name and keeps them out of the list', () => {
    const head = make();
    assert.deepEqual(
      [':method', ':scheme', ':path', ':authority', 'host', ':protocol', 'x'].map((name) => head.get(name)),
      ['GET', 'https', '/a', 'h', 'h', undefined, 'y'],
    );
    assert.equal(head.fieldCount, 1);
    assert.deepEqual(listed(head), ['x: y']);
    assert.ok(head.has('host') && !head.has(':protocol'));
  });

  it('changes them by property and by name', () => {
    const head = make();
    head.set(':path', '/b c');
    head.set('host', 'other');
    head.add(':method', 'PUT');
    head.set(':protocol', 'websocket');
    head.set(':scheme', 'http');
    assert.deepEqual(
      [head.path, head.authority, head.method, head.protocol, head.scheme],
      ['/b%20c', 'other', 'PUT', 'websocket', 'http'],
    );
    head.remove('host');
    assert.equal(head.authority, '');
    assert.equal(head.get('host'), undefined);
    assert.throws(() => head.set(':color', 'red'), /no pseudo-header/);
  });

  it('counts pseudo-headers among its bytes', () => {
    assert.equal(make().byteSize, 6 + (7 + 3 + 4) + (7 + 5 + 4) + (5 + 2 + 4) + (10 + 1 + 4));
  });
});

describe('ResponseFields', () => {
  it('keeps the status as a number and as a field', () => {
    const head = ResponseFields.of(200, [['x', 'y']]);
    head.status = 503;
    assert.equal(head.get(':status'), '503');
    head.set(':status', '404');
    assert.equal(head.status, 404);
    assert.ok(head.has(':status'));
    assert.equal(head.fieldCount, 1);
    assert.throws(() => {
      head.status = 20;
    }, /three digits/);
  });
});
