import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListOptions, parseRevision, parseWriteOptions } from './options.ts';

const write = (query: string, userAgent?: string): ReturnType<typeof parseWriteOptions> =>
  parseWriteOptions('PatchOptions', { query: new URLSearchParams(query), userAgent });
const watch = (query: string): ReturnType<typeof parseListOptions> =>
  parseListOptions(new URLSearchParams(query), true);
const list = (query: string): ReturnType<typeof parseListOptions> => parseListOptions(new URLSearchParams(query));

test('a write that says nothing warns of unknown fields and is named after its client', () => {
  const fieldManager = 'kubectl';
  assert.deepEqual(write('', 'kubectl/v1.33 (linux)'), {
    isDryRun: false,
    fieldValidation: 'Warn',
    fieldManager,
    force: false,
  });
  for (const agent of [undefined, '', '/v1']) assert.equal(write('', agent).fieldManager, 'unknown');
  assert.equal(write('fieldManager=me', 'kubectl/v1').fieldManager, 'me');
});

test('options of writes are read as Go reads them', () => {
  assert.equal(write('dryRun=All&dryRun=All').isDryRun, true);
  for (const value of ['', 'true', '1', 't', 'TRUE']) assert.equal(write(`force=${value}`).force, true, value);
  for (const value of ['false', '0', 'F']) assert.equal(write(`force=${value}`).force, false, value);
  for (const value of ['Ignore', 'Warn', 'Strict'])
    assert.equal(write(`fieldValidation=${value}`).fieldValidation, value);
});

test('options that make no sense are refused by name', () => {
  const cases: [string, RegExp][] = [
    ['dryRun=Some', /PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value/],
    ['dryRun=All&dryRun=Some', /dryRun: Unsupported value/],
    [
      'fieldValidation=Hard',
      /fieldValidation: Unsupported value: "Hard": supported values: "", "Ignore", "Strict", "Warn"/,
    ],
    [`fieldManager=${'ä'.repeat(65)}`, /fieldManager: Too long: may not be more than 128 bytes/],
    ['fieldManager=a%0Ab', /fieldManager: Invalid value: "a\\nb": invalid character U\+000A \(at position 1\)/],
    ['force=maybe', /force: Invalid value: "maybe"/],
  ];
  for (const [query, message] of cases) assert.throws(() => write(query), message, query);
});

test('options of lists and watches', () => {
  const options = watch(
    'labelSelector=a%3Db&fieldSelector=metadata.name%3Dx&limit=5&allowWatchBookmarks=true&sendInitialEvents=true&timeoutSeconds=9&resourceVersion=7&resourceVersionMatch=NotOlderThan',
  );
  assert.deepEqual(options, {
    labelSelector: 'a=b',
    fieldSelector: 'metadata.name=x',
    limit: 5,
    continueToken: '',
    resourceVersion: '7',
    resourceVersionMatch: 'NotOlderThan',
    allowBookmarks: true,
    sendInitialEvents: true,
    timeoutSeconds: 9,
  });
  assert.equal(list('timeoutSeconds=0').timeoutSeconds, undefined, 'no time is no limit');
  assert.equal(list('limit=-1').limit, 0, 'less than nothing is no limit');
  for (const query of ['limit=x', 'timeoutSeconds=1.5', 'limit=9999999999999999'])
    assert.throws(() => list(query), /strconv.ParseInt: parsing "[^"]+": invalid syntax/, query);
});

test('a revision is a number that the server gave', () => {
  assert.equal(parseRevision(''), undefined);
  assert.equal(parseRevision('0'), 0);
  assert.equal(parseRevision('123456789012345'), 123_456_789_012_345);
  for (const text of ['-1', '1.5', 'abc', '1e3', ' 1', '1234567890123456'])
    assert.throws(() => parseRevision(text), /invalid resource version/, text);
});

test('options that do not go together are all told', () => {
  const cases: [string, 'list' | 'watch', RegExp][] = [
    ['resourceVersionMatch=Exact', 'list', /forbidden unless resourceVersion is provided/],
    ['resourceVersionMatch=Exact&resourceVersion=0', 'list', /"exact" is forbidden for resourceVersion "0"/],
    [
      'resourceVersionMatch=X&resourceVersion=1&continue=t',
      'list',
      /continue is provided, .*supported values: "Exact"/,
    ],
    ['sendInitialEvents=false', 'list', /sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list/],
    ['sendInitialEvents=false', 'watch', /requires setting resourceVersionMatch to NotOlderThan/],
    ['resourceVersionMatch=NotOlderThan', 'watch', /unless sendInitialEvents is provided/],
    ['resourceVersionMatch=Exact&sendInitialEvents=1', 'watch', /supported values: "NotOlderThan"/],
  ];
  for (const [query, verb, message] of cases)
    assert.throws(() => (verb === 'list' ? list : watch)(query), message, `${verb} ${query}`);
});
