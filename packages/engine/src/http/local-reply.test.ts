import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LocalReplyConfig } from '@weft/proto/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager';
import { compileYaml, isProblems } from '../access-log/test-support/config.ts';
import { streamView } from '../format/test-support/stream-view.ts';
import { EMPTY_RUNTIME } from '../match/fraction.ts';
import { requestView } from '../route/test-support/views.ts';
import { compileLocalReply, type LocalReplyRuntime, mapLocalReply, type PlainReply } from './local-reply.ts';

function compile(yaml: string): LocalReplyRuntime | readonly string[] {
  const typeName = 'envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig';
  return compileYaml<LocalReplyConfig, LocalReplyRuntime>(typeName, yaml, compileLocalReply);
}

/** A head that keeps fields in a map. */
function createHead(status: number) {
  const fields = new Map<string, string>();
  const head = {
    status,
    get: (name: string) => (name === ':status' ? String(head.status) : fields.get(name)),
    set: (name: string, value: string) => void fields.set(name, value),
    add: (name: string, value: string) => void fields.set(name, value),
    remove: (name: string) => void fields.delete(name),
  };
  return { head, fields };
}

/** What becomes of a reply to a request with these headers. */
function map(yaml: string, reply: PlainReply, headers: Readonly<Record<string, string>> = {}) {
  const runtime = compile(yaml);
  if (isProblems(runtime)) assert.fail(runtime.join('; '));
  const { head, fields } = createHead(reply.status);
  const stream = { ...streamView({ request: requestView({ headers }), response: head }) };
  const moment = { random: () => 0, runtime: EMPTY_RUNTIME };
  const mapped = mapLocalReply(runtime, stream, { reply, head, moment });
  return { ...mapped, seen: stream.responseCode, headers: Object.fromEntries(fields) };
}

const status = (value: number) =>
  `{ status_code_filter: { comparison: { op: EQ, value: { default_value: ${value}, runtime_key: k } } } }`;

const CONFIG = `
mappers:
- filter: { header_filter: { header: { name: x-json } } }
  status_code: 499
  headers_to_add: [{ header: { key: x-add, value: 'code %RESPONSE_CODE% %REQ(x-json)%' } }]
  body_format_override:
    json_format: { code: '%RESPONSE_CODE%', st: '%RESP(:status)%', m: '%LOCAL_REPLY_BODY%', h: '%RESP(x-add)%' }
- filter: { header_filter: { header: { name: x-file } } }
  body: { filename: /body.txt }
- filter: ${status(404)}
  status_code: 410
- filter: ${status(410)}
  status_code: 411
body_format: { text_format_source: { inline_string: '[%RESPONSE_CODE%:%LOCAL_REPLY_BODY%]' }, content_type: text/odd }
`;

describe('local replies', () => {
  const reply = { status: 404, body: 'not "here"' };

  it('are given the status, the headers and the format of the first mapper whose filter holds', () => {
    assert.deepEqual(map(CONFIG, reply, { 'x-json': 'hv' }), {
      status: 499,
      body: '{"code":499,"h":"code 404 hv","m":"not \\"here\\"","st":"499"}\n',
      contentType: 'application/json',
      seen: 499,
      headers: { 'x-add': 'code 404 hv' },
    });
  });

  it('are given another body, in the common format', () => {
    const { body, contentType } = map(CONFIG, reply, { 'x-file': '1' });
    assert.deepEqual([body, contentType], ['[404:from a file]', 'text/odd']);
  });

  it('are mapped once', () => {
    assert.deepEqual([map(CONFIG, reply).status, map(CONFIG, reply).body], [410, '[410:not "here"]']);
  });

  it('are left alone but for the format where no mapper takes them', () => {
    assert.equal(map(CONFIG, { status: 503, body: 'no' }).body, '[503:no]');
    assert.deepEqual(map('{}', { status: 503, body: 'no' }), {
      status: 503,
      body: 'no',
      contentType: 'text/plain',
      seen: 503,
      headers: {},
    });
  });

  it('say what is wrong with a mapper', () => {
    const problems = compile(
      '{ mappers: [{ filter: { and_filter: { filters: [{ not_health_check_filter: {} }] } } }] }',
    );
    assert.ok(isProblems(problems));
    const bad = compile(
      `{ mappers: [{ filter: ${status(1)}, body: { filename: /none }, body_format_override: { text_format: '%X%' } }] }`,
    );
    if (!isProblems(bad)) assert.fail('compiled');
    assert.deepEqual(bad, [
      'at.mappers[0].body.filename: filename /none is not there',
      'at.mappers[0].body_format_override.text_format: at character 0: there is no operator %X%',
    ]);
  });
});
