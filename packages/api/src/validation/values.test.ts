import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldPath, formatIssue, IssueReport } from '../schema/index.ts';
import { base64Bytes, dataKeyProblems, decodeBase64, encodeBase64, utf8Bytes } from './data-keys.ts';
import { deepEqual } from './deep-equal.ts';
import {
  checkAtMostHundredPercent,
  checkPositiveIntOrPercent,
  parsePercent,
  resolveIntOrPercent,
} from './int-or-percent.ts';
import { portNameProblems } from './port-name.ts';

test('text survives base64, and its size is counted in bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const encoded = encodeBase64(text);
      assert.equal(encoded, Buffer.from(text, 'utf8').toString('base64'));
      assert.equal(decodeBase64(encoded), text);
      assert.equal(utf8Bytes(text), Buffer.byteLength(text));
      assert.equal(base64Bytes(encoded), Buffer.byteLength(text));
    }),
  );
});

test('bytes that are no text are not decoded', () => {
  assert.equal(decodeBase64('/w=='), undefined);
  assert.equal(decodeBase64('not base64!'), undefined);
});

test('a data key is a file name', () => {
  assert.deepEqual(dataKeyProblems('ca.crt'), []);
  assert.deepEqual(dataKeyProblems('..'), ["must not be '..'"]);
  assert.deepEqual(dataKeyProblems('..x'), ["must not start with '..'"]);
  assert.match(dataKeyProblems('a/b')[0]!, /^a valid config key must consist of/);
});

test('JSON values are compared by what they say', () => {
  assert.ok(deepEqual({ a: [1, { b: null }] }, { a: [1, { b: null }] }));
  assert.ok(deepEqual({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(deepEqual({ a: 1 }, { a: 1, b: undefined }));
  assert.ok(!deepEqual({ a: 1 }, { a: 1, b: null }));
  assert.ok(!deepEqual([1], { 0: 1 }));
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.ok(deepEqual(value, structuredClone(value)))));
});

test('port names are names of services', () => {
  for (const name of ['http', 'http-1', 'a', 'x'.repeat(15)]) assert.deepEqual(portNameProblems(name), [], name);
  for (const name of ['', '80', 'HTTP', 'a--b', '-a', 'a-', 'x'.repeat(16), 'a.b']) {
    assert.notDeepEqual(portNameProblems(name), [], name);
  }
});

test('percentages are shares of a total', () => {
  assert.equal(parsePercent('25%'), 25);
  assert.equal(parsePercent('25'), undefined);
  assert.equal(parsePercent(25), undefined);
  assert.equal(resolveIntOrPercent('25%', 10, 'up'), 3);
  assert.equal(resolveIntOrPercent('25%', 10, 'down'), 2);
  assert.equal(resolveIntOrPercent(4, 10, 'down'), 4);
});

test('what is no percentage is refused', () => {
  const report = new IssueReport();
  const path = FieldPath.root.child('x');
  for (const value of ['25', '-1%', '1.5%', -1]) checkPositiveIntOrPercent(path, value, report);
  checkAtMostHundredPercent(path, '101%', report);
  assert.equal(report.issues.length, 5);
  assert.match(
    formatIssue(report.issues[0]!),
    /^x: Invalid value: "25": a valid percent string must be a numeric string/,
  );
  assert.equal(formatIssue(report.issues[3]!), 'x: Invalid value: -1: must be greater than or equal to 0');
  assert.equal(formatIssue(report.issues[4]!), 'x: Invalid value: "101%": must not be greater than 100%');
});
