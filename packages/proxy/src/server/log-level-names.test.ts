import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogLevels } from '@weft/core';
import { logLevelSpec } from './log-level-names.ts';

test("levels of a command line are ours, by Envoy's names", () => {
  const spec = logLevelSpec('critical', 'dns:trace,access-log:off');
  assert.equal(spec.kind, 'ok');
  const levels = new LogLevels(spec.kind === 'ok' ? spec.value : '');
  assert.deepEqual(
    ['proxy', 'dns', 'access-log'].map((name) => levels.levelOf(name)),
    ['error', 'debug', 'none'],
  );
  assert.deepEqual(logLevelSpec('info', ''), { kind: 'ok', value: '*:info' });
});

test('components and levels that are none are refused by name', () => {
  for (const [text, pattern] of [
    ['upstream:debug', /"upstream" is no component that logs: use proxy, access-log/],
    ['dns:loud', /"loud" is no level: use trace, debug/],
    ['dns', /"" is no component/],
  ] as const) {
    const spec = logLevelSpec('info', text);
    assert.match(spec.kind === 'err' ? spec.error : '', pattern);
  }
});
