import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { requestView } from '../../route/test-support/views.ts';
import { compileFilter, compileForRoute, filterProblems } from '../test-support/compile.ts';
import { STATEFUL_SESSION_FILTER, type StatefulSessionRuntime } from './stateful-session.ts';

const TYPE = 'type.googleapis.com/envoy.extensions.http.stateful_session';
const cookie = (more: string) =>
  `{ session_state: { name: s, typed_config: { '@type': ${TYPE}.cookie.v3.CookieBasedSessionState, cookie: { name: sticky, ${more} } } } }`;
const header = `{ strict: true, session_state: { name: s, typed_config: { '@type': ${TYPE}.header.v3.HeaderBasedSessionState, name: X-Session } } }`;
const compile = (text: string) => compileFilter<StatefulSessionRuntime>(STATEFUL_SESSION_FILTER, text);

const NOW_MS = 1_800_000_000_000;
const request = (path: string, headers: Readonly<Record<string, string>> = {}) => requestView({ path, headers });

/** What comes back of an address after a round trip by the client. */
function roundTrip(text: string, address: string, laterMs = 0): string | undefined {
  const { session } = compile(text);
  const [name, value] = session!.remember(address, undefined, request('/'), NOW_MS)!;
  const headers = name === 'set-cookie' ? { cookie: `a=b; ${value.split(';')[0]}` } : { [name]: value };
  return session!.addressOf(request('/', headers), NOW_MS + laterMs);
}

describe('sessions', () => {
  it('come back by header and by cookie, whatever the address', () => {
    const text = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme-ascii' });
    fc.assert(fc.property(text, (address) => assert.equal(roundTrip(header, address), address)));
    fc.assert(fc.property(text, (address) => assert.equal(roundTrip(cookie('ttl: 60s'), address), address)));
  });

  it('end with their cookie', () => {
    assert.equal(roundTrip(cookie('ttl: 60s'), '1.2.3.4:80', 60_000), '1.2.3.4:80');
    assert.equal(roundTrip(cookie('ttl: 60s'), '1.2.3.4:80', 61_000), undefined);
    assert.equal(roundTrip(cookie(''), '1.2.3.4:80', 1e9), '1.2.3.4:80');
  });

  it('are as Envoy writes them', () => {
    const { session } = compile(cookie('path: /app, ttl: 60s'));
    const field = session!.remember('127.0.0.1:80', undefined, request('/app'), 0);
    // The message of two fields: "\n\f127.0.0.1:80" and 60 seconds.
    assert.deepEqual(field, ['set-cookie', 'sticky="CgwxMjcuMC4wLjE6ODAQPA=="; Max-Age=60; Path=/app; HttpOnly']);
    assert.equal(session!.remember('127.0.0.1:80', '127.0.0.1:80', request('/app'), 0), undefined);
  });

  it('have cookies with further attributes', () => {
    const attributes = 'attributes: [{ name: SameSite, value: Lax }, { name: Secure }]';
    const [, value] = compile(cookie(attributes)).session!.remember('1.2.3.4:80', undefined, request('/'), 0)!;
    assert.match(value, /^sticky="[^"]+"; SameSite=Lax; Secure; HttpOnly$/);
  });

  it('are refused with a status of their own where they have to be kept', () => {
    assert.equal(compile(header).notFoundStatus, 503);
    const own = header.replace('strict: true', 'strict: true, status_on_strict_destination_not_found: 410');
    assert.equal(compile(own).notFoundStatus, 410);
  });

  it('belong to a path', () => {
    const { session } = compile(cookie('path: /app'));
    const asked = (path: string) => session!.addressOf(request(path, { cookie: `sticky="${btoa('1.2.3.4:80')}"` }), 0);
    assert.deepEqual(['/app', '/app/x', '/app?q', '/apple', '/'].map(asked), [
      '1.2.3.4:80',
      '1.2.3.4:80',
      '1.2.3.4:80',
      undefined,
      undefined,
    ]);
  });

  it('are not taken from what is no address', () => {
    const { session } = compile(header);
    assert.equal(session!.addressOf(request('/', { 'x-session': '%%%' }), 0), undefined);
    assert.equal(session!.addressOf(request('/'), 0), undefined);
  });

  it('may be off on a route', () => {
    const route = STATEFUL_SESSION_FILTER.route!;
    assert.equal(compileForRoute<StatefulSessionRuntime>(route, '{ disabled: true }').session, undefined);
    assert.equal(compileForRoute<StatefulSessionRuntime>(route, `{ stateful_session: ${header} }`).isStrict, true);
  });

  it('need a cookie with a name', () => {
    const text = cookie('').replace('name: sticky,', '');
    assert.equal(filterProblems(STATEFUL_SESSION_FILTER, text)[0]?.path, 'f.session_state.typed_config.cookie');
  });
});
