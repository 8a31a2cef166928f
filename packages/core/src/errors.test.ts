import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCatalogue } from './error-codes.ts';
import { describeError, invariant, isMeshError, MeshError, thrownMessage, UserError } from './errors.ts';

test('an error carries code, blame and retry advice from the catalogue, unless it knows better', () => {
  const plain = new MeshError('MESH_CONNECT', 'cannot connect to 10.0.0.1:80');
  assert.deepEqual([plain.code, plain.source, plain.retry], ['MESH_CONNECT', 'upstream', 'safe']);
  const special = new MeshError('MESH_CONNECT', 'x', { source: 'config', retry: 'never', hint: 'check the port' });
  assert.deepEqual([special.source, special.retry, special.hint], ['config', 'never', 'check the port']);
  assert.equal(plain.name, 'MeshError');
  assert.equal(new UserError('no such verb').name, 'UserError');
  assert.equal(new UserError('no such verb').code, 'MESH_USAGE');
});

test('from keeps mesh errors and wraps everything else with its cause', () => {
  const original = new MeshError('MESH_JSON', 'bad');
  assert.equal(MeshError.from(original), original);
  const cause = new TypeError('boom');
  const wrapped = MeshError.from(cause, 'MESH_STORE');
  assert.deepEqual([wrapped.message, wrapped.code, wrapped.cause], ['boom', 'MESH_STORE', cause]);
  for (const thrown of ['text', 42, undefined, null, { a: 1 }, Symbol('s'), Object.create(null)]) {
    assert.equal(typeof MeshError.from(thrown).message, 'string');
  }
});

test('the brand is recognised across copies of the package, and nothing else is', () => {
  const foreign = Object.assign(new Error('from elsewhere'), { [Symbol.for('weft.MeshError')]: true });
  assert.equal(isMeshError(foreign), true);
  assert.equal(isMeshError(new Error('plain')), false);
  assert.equal(isMeshError({ code: 'MESH_JSON' }), false);
});

test('a description tells the chain of causes once, then the hint, and survives cycles', () => {
  const root = new Error('connection refused');
  const middle = new Error('dial: connection refused', { cause: root });
  const outer = new MeshError('MESH_API_UNREACHABLE', 'cannot reach the server', { cause: middle, hint: 'start it' });
  assert.equal(describeError(outer), 'cannot reach the server: dial: connection refused (start it)');
  const cyclic = new Error('round');
  cyclic.cause = cyclic;
  assert.equal(describeError(cyclic), 'round');
  assert.equal(thrownMessage(new AggregateError([new Error('a'), 'b'])), 'a; b');
});

test('a broken invariant is a bug', () => {
  assert.throws(
    () => invariant(false, 'two owners'),
    (thrown) => isMeshError(thrown) && thrown.source === 'bug' && thrown.message === 'two owners',
  );
});

test('every code has a name of the right form and two whole sentences', () => {
  for (const [code, entry] of Object.entries(errorCatalogue)) {
    assert.match(code, /^MESH_[A-Z0-9_]+$/);
    for (const sentence of [entry.description, entry.fix]) assert.match(sentence, /^[A-Z].*\.$/, code);
  }
});
