import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  headerChangeProblem,
  headerNameProblem,
  headerValueProblem,
  isRetryCondition,
  requestHeaderChangeProblem,
} from './http.ts';

test('names of headers', () => {
  for (const good of ['x-a', 'X_A', 'a1']) assert.equal(headerNameProblem(good), undefined);
  assert.equal(headerNameProblem(''), 'header name cannot be empty');
  for (const bad of ['a b', ':path', 'a.b', 'é']) assert.match(headerNameProblem(bad)!, /is not a valid header name/);
});

test('headers that may be changed', () => {
  assert.equal(requestHeaderChangeProblem(':authority'), undefined);
  assert.equal(requestHeaderChangeProblem('Host'), undefined);
  assert.equal(requestHeaderChangeProblem(':path'), 'invalid header ":path": header cannot have ":" prefix');
  assert.equal(headerChangeProblem('HOST'), 'invalid header "HOST": cannot set Host header');
  assert.equal(headerChangeProblem(':authority'), 'invalid header ":authority": header cannot have ":" prefix');
  assert.equal(headerChangeProblem('x-a'), undefined);
});

const goodValues = [
  '',
  'foo',
  '100%%',
  '%HOSTNAME%',
  'prefix %HOSTNAME% suffix',
  '%REQ(x-a)%',
  '%UPSTREAM_METADATA(["a", "b"])%',
  '%UPSTREAM_METADATA( ["a\\"]"] )  %',
  '%START_TIME(%s.%3f)%',
];
const badValues = [
  ['abc%', 'Un-escaped %'],
  ['abc%123', 'Un-terminated variable expression'],
  ['%START_TIME%%', 'Un-escaped %'],
  ['%REQ(x-a', 'Un-terminated variable expression'],
  ['%REQ(x-a)', 'Un-terminated variable expression'],
  ['%REQ(x-a)b%', "Expecting '%'"],
  ['%M([a])%', `Expecting '"'`],
  ['%M(["a" "b"])%', "Expecting ',', ']', or whitespace"],
  ['%M(["a"]x)%', "Expecting ')'"],
  ['%M(["a"', 'Un-terminated variable expression'],
] as const;

test('values of headers', () => {
  for (const good of goodValues) assert.equal(headerValueProblem(good), undefined, good);
  for (const [bad, words] of badValues)
    assert.ok(headerValueProblem(bad)?.includes(words), `${bad}: ${headerValueProblem(bad)}`);
  assert.match(headerValueProblem('a\nb')!, /is invalid/);
});

test('no value makes the reader of values fail', () => {
  const parts = fc.constantFrom('%', '%%', '(', ')', '[', ']', '"', '\\', ' ', ',', 'A');
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (pieces) => {
      const problem = headerValueProblem(pieces.join(''));
      assert.ok(problem === undefined || problem.length > 0);
    }),
  );
});

test('conditions of retries', () => {
  for (const good of ['5xx', 'gateway-error', 'retriable-4xx', 'unavailable', '503', '404']) {
    assert.equal(isRetryCondition(good), true, good);
  }
  for (const bad of ['', ' 5xx', '4xx', '600', '299', '5XX', '99']) assert.equal(isRetryCondition(bad), false, bad);
});
