import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestView } from '../route/test-support/views.ts';
import type { StreamView } from '../view/stream-view.ts';
import { compileFormat } from './compile-format.ts';
import { BRIEF_LINE_OPTIONS, type FormatMoment, type FormatOptions, HEADER_OPTIONS } from './formatter.ts';
import { SOURCES, streamView } from './test-support/stream-view.ts';

function line(text: string, view: StreamView, options?: FormatOptions, moment?: FormatMoment): string {
  const compiled = compileFormat(text, 'format', SOURCES, options);
  if (compiled.kind === 'err') assert.fail(JSON.stringify(compiled.error));
  return compiled.value.format(view, moment);
}

function problem(text: string): string {
  const compiled = compileFormat(text, 'format', SOURCES);
  if (compiled.kind === 'ok') assert.fail(`${text} compiled`);
  return compiled.error.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
}

describe('formats', () => {
  it('put values into text', () => {
    const view = streamView({ responseCode: 204, bytesSent: 12 });
    assert.equal(line('code=%RESPONSE_CODE% sent=%BYTES_SENT%.', view), 'code=204 sent=12.');
    assert.equal(line('100%% %PROTOCOL%%PROTOCOL%%%', view), '100% HTTP/1.1HTTP/1.1%');
    assert.equal(line('', view), '');
    assert.equal(line('%PROTOCOL()%', view), 'HTTP/1.1');
  });

  it('write a dash or nothing for what is not there', () => {
    assert.equal(line('[%UPSTREAM_HOST%]', streamView()), '[-]');
    assert.equal(line('[%UPSTREAM_HOST%]', streamView(), BRIEF_LINE_OPTIONS), '[]');
  });

  it('say which command is wrong and where', () => {
    assert.match(problem('ab %NOPE%'), /^format: at character 3: there is no operator %NOPE%$/);
    assert.match(problem('100%'), /at character 3: "%" does not begin with a command/);
    assert.match(problem('%REQ%'), /at character 0: %REQ% needs a parameter/);
    assert.match(problem('%PROTOCOL(x)%'), /takes no parameter/);
    assert.match(problem('%PROTOCOL:5%'), /takes no length/);
    assert.match(problem('%NOPE% %NEITHER%'), /NOPE.*; .*NEITHER/);
    assert.match(problem('%TLS_JA3_FINGERPRINT%'), /is not supported: no fingerprints of TLS clients are made/);
  });

  it('decode the bytes of headers in lines, and keep them in headers', () => {
    const view = streamView({ request: requestView({ headers: { 'x-name': 'Zo\u00c3\u00ab', 'x-bad': '\u00ff' } }) });
    assert.equal(line('é %REQ(x-name)% %REQ(x-bad)%', view), 'é Zoë ÿ');
    assert.equal(line('é %REQ(x-name)%', view, HEADER_OPTIONS), '\u00c3\u00a9 Zo\u00c3\u00ab');
  });

  it('know the moment', () => {
    const moment: FormatMoment = { accessLogType: 'DownstreamEnd', localReplyBody: 'no healthy upstream' };
    assert.equal(
      line('%ACCESS_LOG_TYPE%: %LOCAL_REPLY_BODY%', streamView(), undefined, moment),
      'DownstreamEnd: no healthy upstream',
    );
    assert.equal(line('%ACCESS_LOG_TYPE%: %LOCAL_REPLY_BODY%', streamView()), 'NotSet: ');
  });
});
