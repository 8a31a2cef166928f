import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureLogger } from './capture-logger.ts';

test('keeps what was logged, after redaction, with bound fields', () => {
  const log = captureLogger({ component: 'kube' });
  log.logger.child({ server: 'a' }).warning('slow', { ms: 12, token: 'abc' });
  log.logger.named('xds').debug('hello');
  assert.deepEqual(log.records, [
    { level: 'warning', component: 'kube', message: 'slow', fields: { server: 'a', ms: 12, token: '[redacted]' } },
    { level: 'debug', component: 'xds', message: 'hello', fields: {} },
  ]);
  assert.deepEqual(log.messages('warning'), ['slow']);
  log.clear();
  assert.deepEqual(log.messages(), []);
});
