import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ResourceGraph } from './resource-graph.ts';
import { keyText, type ResourceKey } from './resource-key.ts';

/** `L:a` is the listener `a`; listeners and clusters are roots. */
function key(text: string): ResourceKey {
  const [typeUrl, name] = text.split(':') as [string, string];
  return { typeUrl, name, source: 'ads' };
}

const short = ({ typeUrl, name }: ResourceKey) => `${typeUrl}:${name}`;

/** A graph spoken to in short texts. */
class Lab {
  readonly graph = new ResourceGraph<string>(['L', 'C']);

  set(text: string, value: string, ...references: string[]): this {
    this.graph.set(key(text), { value, references: references.map(key) });
    return this;
  }

  remove(text: string): this {
    this.graph.remove(key(text));
    return this;
  }

  giveUp(text: string): this {
    this.graph.giveUp(key(text));
    return this;
  }

  commit() {
    const { changes, wanted, unwanted } = this.graph.commit();
    return {
      changes: Object.fromEntries(changes.map((change) => [short(change.key), change.value])),
      wanted: wanted.map(short),
      unwanted: unwanted.map(short),
    };
  }

  get(text: string): string | undefined {
    return this.graph.get(key(text));
  }
}

const nothing = { changes: {}, wanted: [], unwanted: [] };

describe('warming', () => {
  it('uses at once what needs nothing', () => {
    assert.deepEqual(new Lab().set('C:a', '1').commit(), { ...nothing, changes: { 'C:a': '1' } });
  });

  it('asks for what is referenced, and uses both together when it comes', () => {
    const lab = new Lab();
    assert.deepEqual(lab.set('L:a', '1', 'R:r').commit(), { ...nothing, wanted: ['R:r'] });
    assert.deepEqual(lab.graph.warming.map(short), ['L:a']);
    assert.equal(lab.graph.isWarming('L'), true);
    assert.equal(lab.graph.isWarming('C'), false);
    assert.deepEqual(lab.set('R:r', '1').commit().changes, { 'R:r': '1', 'L:a': '1' });
    assert.equal(lab.graph.isWarming(), false);
  });

  it('keeps the old version in use while the new one waits, then changes over at once', () => {
    const lab = new Lab().set('L:a', '1', 'R:old');
    lab.commit();
    lab.set('R:old', '1').commit();
    assert.deepEqual(lab.set('L:a', '2', 'R:new').commit(), { ...nothing, wanted: ['R:new'] });
    assert.deepEqual([lab.get('L:a'), lab.get('R:old')], ['1', '1']);
    const { changes, unwanted } = lab.set('R:new', '1').commit();
    assert.deepEqual(changes, { 'L:a': '2', 'R:new': '1', 'R:old': undefined });
    assert.deepEqual(unwanted, ['R:old']);
  });

  it('waits for one without holding up the others', () => {
    const lab = new Lab().set('C:a', '1', 'E:a').set('C:b', '1', 'E:b').set('C:c', '1');
    assert.deepEqual(lab.commit().changes, { 'C:c': '1' });
    lab.set('E:b', '1');
    assert.deepEqual(Object.keys(lab.commit().changes).toSorted(), ['C:b', 'E:b']);
  });

  it('goes on without what is given up, and takes it when it comes after all', () => {
    const lab = new Lab().set('C:a', '1', 'E:a');
    lab.commit();
    assert.deepEqual(lab.giveUp('E:a').commit().changes, { 'C:a': '1' });
    assert.deepEqual(lab.set('C:a', '2', 'E:a').commit().changes, { 'C:a': '2' });
    assert.deepEqual(lab.set('E:a', '1').commit().changes, { 'E:a': '1' });
    assert.deepEqual(lab.giveUp('E:a').commit().changes, {}, 'what is there stays');
  });

  it('waits through several steps', () => {
    const lab = new Lab().set('L:a', '1', 'R:r', 'S:s');
    lab.commit();
    assert.deepEqual(lab.set('R:r', '1', 'V:v').commit(), { ...nothing, wanted: ['V:v'] });
    assert.deepEqual(lab.set('S:s', '1').commit().changes, { 'S:s': '1' });
    assert.deepEqual(Object.keys(lab.set('V:v', '1').commit().changes).toSorted(), ['L:a', 'R:r', 'V:v']);
  });

  it('counts a version in use as good enough, though a newer one waits', () => {
    const lab = new Lab().set('L:a', '1', 'R:r');
    lab.commit();
    lab.set('R:r', '1').commit();
    lab.set('R:r', '2', 'V:v').commit();
    assert.deepEqual(lab.set('L:b', '1', 'R:r').commit().changes, { 'L:b': '1' });
  });

  it('takes only the newest of several versions', () => {
    const lab = new Lab().set('L:a', '1', 'R:x').set('L:a', '2', 'R:y');
    assert.deepEqual(lab.commit().wanted, ['R:y']);
    assert.deepEqual(lab.set('R:x', '1').commit(), nothing, 'nobody needs it any more');
    assert.equal(lab.set('R:y', '1').commit().changes['L:a'], '2');
  });

  it('does not wait for other roots that are not there', () => {
    assert.deepEqual(new Lab().set('C:all', '1', 'C:a').commit().changes, { 'C:all': '1' });
    const lab = new Lab().set('C:all', '1', 'C:a').set('C:a', '1', 'E:a');
    assert.deepEqual(lab.commit().changes, {}, 'but for those that are');
    assert.deepEqual(Object.keys(lab.set('E:a', '1').commit().changes).length, 3);
  });
});

describe('going', () => {
  it('takes along what only it referenced', () => {
    const lab = new Lab().set('L:a', '1', 'R:own', 'R:shared').set('L:b', '1', 'R:shared');
    lab.commit();
    lab.set('R:own', '1', 'V:v').set('R:shared', '1').commit();
    lab.set('V:v', '1').commit();
    const { changes, unwanted } = lab.remove('L:a').commit();
    assert.deepEqual(changes, { 'L:a': undefined, 'R:own': undefined, 'V:v': undefined });
    assert.deepEqual(unwanted.toSorted(), ['R:own', 'V:v']);
    assert.deepEqual(lab.remove('L:b').commit().unwanted, ['R:shared']);
  });

  it('leaves in use what references it', () => {
    const lab = new Lab().set('C:a', '1', 'E:a');
    lab.commit();
    lab.set('E:a', '1').commit();
    assert.deepEqual(lab.remove('E:a').commit(), { ...nothing, changes: { 'E:a': undefined } });
    assert.equal(lab.get('C:a'), '1');
  });

  it('of something that waits is silent', () => {
    const lab = new Lab().set('L:a', '1', 'R:r');
    lab.commit();
    assert.deepEqual(lab.remove('L:a').commit(), { ...nothing, unwanted: ['R:r'] });
    assert.equal(lab.graph.isWarming(), false);
  });

  it('and coming back within one commit changes nothing outside', () => {
    const lab = new Lab().set('L:a', '1', 'R:r');
    lab.commit();
    lab.set('R:r', '1').commit();
    assert.deepEqual(lab.remove('L:a').set('L:a', '1', 'R:r').commit(), { ...nothing, changes: { 'L:a': '1' } });
  });

  it('is noticed in circles too', () => {
    const lab = new Lab().set('L:a', '1', 'R:x');
    lab.commit();
    lab.set('R:x', '1', 'R:y').commit();
    assert.deepEqual(
      Object.keys(lab.set('R:y', '1', 'R:x').commit().changes).length,
      3,
      'a circle comes into use as a whole',
    );
    assert.deepEqual(lab.remove('L:a').commit().unwanted.toSorted(), ['R:x', 'R:y']);
    assert.deepEqual([lab.get('R:x'), lab.get('R:y')], [undefined, undefined]);
  });

  it('of what was never there is nothing', () => {
    assert.deepEqual(new Lab().remove('L:a').giveUp('R:r').set('R:r', '1').commit(), nothing);
  });
});

describe('any history', () => {
  const names = ['a', 'b', 'c'];
  const any = fc.constantFrom(...['L', 'C', 'R', 'V'].flatMap((type) => names.map((name) => `${type}:${name}`)));
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('set' as const),
        at: any,
        references: fc.uniqueArray(any, { maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'giveUp' as const), at: any }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  );

  it('uses nothing incomplete, wants what is referenced, and forgets the rest', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const graph = new ResourceGraph<readonly string[]>(['L', 'C']);
        const inUse = new Map<string, readonly string[]>();
        const wanted = new Set<string>();
        const everGivenUp = new Set<string>();
        const commit = () => {
          const result = graph.commit();
          for (const change of result.changes) {
            if (change.value === undefined) inUse.delete(short(change.key));
            else inUse.set(short(change.key), change.value);
          }
          for (const each of result.wanted) {
            assert.ok(!wanted.has(short(each)), 'wanted twice');
            wanted.add(short(each));
          }
          for (const each of result.unwanted) assert.ok(wanted.delete(short(each)), 'unwanted before it was wanted');
          for (const [text, references] of inUse) {
            for (const reference of references) {
              const isRoot = /^[LC]/.test(reference);
              if (!isRoot) assert.ok(wanted.has(reference), `${text} needs ${reference}, which is not wanted`);
              const isThere = isRoot || inUse.has(reference) || everGivenUp.has(reference);
              assert.ok(isThere, `${text} is in use without ${reference}`);
            }
          }
          for (const text of inUse.keys())
            assert.ok(/^[LC]/.test(text) || wanted.has(text), `${text} is in use unwanted`);
          for (const text of graph.warming.map(short))
            assert.ok(/^[LC]/.test(text) || wanted.has(text), `${text} waits unwanted`);
        };
        for (const each of steps) {
          if (each.kind === 'commit') commit();
          else if (each.kind === 'set')
            graph.set(key(each.at), { value: each.references, references: each.references.map(key) });
          else {
            everGivenUp.add(each.at);
            graph[each.kind](key(each.at));
          }
        }
        commit();
        for (const type of ['L', 'C']) for (const name of names) graph.remove(key(`${type}:${name}`));
        commit();
        assert.deepEqual([inUse.size, wanted.size, graph.warming.length], [0, 0, 0]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('keyText', () => {
  it('keeps sources, types and names apart', () => {
    const keys = [key('R:a'), { ...key('R:a'), source: 'file' }, { typeUrl: 'R', name: 'a","ads', source: '' }];
    assert.equal(new Set(keys.map(keyText)).size, 3);
  });
});
