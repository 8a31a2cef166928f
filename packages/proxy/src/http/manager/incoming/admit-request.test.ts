import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CertificateView, HttpManagerRuntime, TlsView } from '@weft/engine';
import fc from 'fast-check';
import { MANAGER_RUNTIME } from '../../../test-support/manager-runtime.ts';
import { fieldsOf, type HeadSpec, http1Head, http2Head } from '../../../test-support/request-heads.ts';
import { ConnectionInfo } from '../../../transport/connection-info.ts';
import { SocketAddress } from '../../../transport/socket-address.ts';
import type { RequestHead } from '../../head.ts';
import { MANAGER_STATS } from '../manager-stats.ts';
import { admitRequest } from './admit-request.ts';

const PEER = '192.0.2.7';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function admit(
  head: RequestHead,
  options: Partial<HttpManagerRuntime> = {},
  { tls, internalOnly = [], protocol = 'HTTP/1.1' }: { tls?: TlsView; internalOnly?: string[]; protocol?: string } = {},
) {
  const connection = new ConnectionInfo(new SocketAddress(PEER, 4000), new SocketAddress('10.0.0.1', 8443));
  connection.tls = tls;
  const stats = new Float64Array(Object.keys(MANAGER_STATS.at).length);
  const identity = { host: '10.0.0.1', nodeId: '', cluster: '' };
  const facts = { protocol, remote: connection.remote, isInternal: false };
  const runtime = { ...MANAGER_RUNTIME, ...options };
  return { reply: admitRequest(head, connection, { runtime, identity, stats }, internalOnly, facts), facts };
}

function head(spec: HeadSpec): RequestHead {
  const made = http1Head(spec);
  assert.ok(made !== undefined);
  return made;
}

describe('admission', () => {
  it('refuses requests without a host or a path of this server', () => {
    assert.equal(admit(http2Head({ host: '' })).reply?.details, 'missing_host_header');
    assert.equal(admit(head({ method: 'OPTIONS', path: '*' })).reply?.details, 'absolute_path_rejected');
    assert.equal(admit(http2Head({ path: 'a' })).reply?.status, 404);
    assert.equal(admit(http2Head({ method: 'CONNECT', path: '', host: 'a:1' })).reply, undefined);
    assert.equal(admit(http2Head({ path: '/a#b' })).reply?.details, 'path_normalization_failed');
  });

  it('takes port and trailing dot off the host as configured', () => {
    const bare = (host: string, options: Partial<HttpManagerRuntime>) => {
      const each = head({ host });
      admit(each, options);
      return each.authority;
    };
    const any = { stripsPort: 'any', stripsTrailingHostDot: true } as const;
    const hosts = ['h:80', 'h.:80', 'h.', 'h:', '[::1]:80', '[::1]', 'h:080'];
    assert.deepEqual(
      hosts.map((host) => bare(host, any)),
      ['h', 'h', 'h', 'h:', '[::1]', '[::1]', 'h'],
    );
    assert.equal(bare('h:8443', { stripsPort: 'matching' }), 'h');
    assert.equal(bare('h:80', { stripsPort: 'matching' }), 'h:80');
    const tunnel = http2Head({ method: 'CONNECT', path: '', host: 'h.:80' });
    admit(tunnel, any);
    assert.equal(tunnel.authority, 'h:80');
  });

  it('takes the scheme from x-forwarded-proto where the protocol has none', () => {
    const schemeOf = (each: RequestHead, protocol: string) => {
      admit(each, { useRemoteAddress: false }, { protocol });
      return each.scheme;
    };
    const fields = [['x-forwarded-proto', 'HTTPS']] as const;
    assert.equal(schemeOf(head({ fields }), 'HTTP/1.1'), 'https');
    assert.equal(schemeOf(http2Head({ fields }), 'HTTP/2'), 'http');
    assert.equal(schemeOf(head({ fields: [['x-forwarded-proto', 'ftp']] }), 'HTTP/1.1'), 'http');
  });

  it('removes what the route configuration keeps for the inside', () => {
    const secret = head({ fields: [['x-secret', '1']] });
    admit(secret, {}, { internalOnly: ['x-secret'] });
    assert.ok(!secret.has('x-secret'));
  });

  it('makes request ids, and lets no client choose that it is traced', () => {
    const idAfter = (given: string | undefined, requestId: Partial<HttpManagerRuntime['requestId']>) => {
      const each = head({ fields: given === undefined ? [] : [['x-request-id', given]] });
      admit(each, { requestId: { ...MANAGER_RUNTIME.requestId, ...requestId } });
      return each.get('x-request-id');
    };
    assert.match(idAfter(undefined, {}) ?? '', UUID);
    assert.match(idAfter('mine', {}) ?? '', UUID);
    assert.match(idAfter('', { preservesExternal: true }) ?? '', UUID);
    assert.equal(idAfter('mine', { preservesExternal: true }), 'mine');
    assert.equal(idAfter(undefined, { generates: false }), undefined);
    const traced = '11111111-2222-a333-8444-555555555555';
    assert.equal(idAfter(traced, { preservesExternal: true }), '11111111-2222-4333-8444-555555555555');
    assert.equal(idAfter(traced, { preservesExternal: true, packsTraceReason: false }), traced);
    const ids = new Set(Array.from({ length: 2000 }, () => idAfter(undefined, {})));
    assert.equal(ids.size, 2000);
  });
});

const PEER_CERTIFICATE = {
  uriSans: ['spiffe://a/b'],
  dnsSans: ['x', 'y'],
  subject: 'CN=c',
  sha256Fingerprint: 'ff',
  urlEncodedPem: 'pem',
  urlEncodedPemChain: 'chain',
} as unknown as CertificateView;
const TLS = {
  peer: PEER_CERTIFICATE,
  local: { uriSans: ['spiffe://a/me'] } as unknown as CertificateView,
} as unknown as TlsView;

describe('x-forwarded-client-cert', () => {
  const all = { subject: true, cert: true, chain: true, dns: true, uri: true };
  const after = (forwardClientCert: HttpManagerRuntime['forwardClientCert'], tls: TlsView | undefined) => {
    const each = head({ fields: [['x-forwarded-client-cert', 'By=a']] });
    admit(each, { forwardClientCert, clientCertDetails: all }, tls === undefined ? {} : { tls });
    return each.get('x-forwarded-client-cert');
  };
  const own = 'By=spiffe://a/me;Hash=ff;Cert="pem";Chain="chain";Subject="CN=c";URI=spiffe://a/b;DNS=x;DNS=y';

  it('is treated as configured where the client shows a certificate', () => {
    assert.equal(after('sanitize', TLS), undefined);
    assert.equal(after('forwardOnly', TLS), 'By=a');
    assert.equal(after('appendForward', TLS), `By=a,${own}`);
    assert.equal(after('sanitizeSet', TLS), own);
    assert.equal(after('alwaysForwardOnly', TLS), 'By=a');
  });

  it('is removed where it does not, but for one mode', () => {
    const withoutPeer = { ...TLS, peer: undefined };
    for (const mode of ['sanitize', 'forwardOnly', 'appendForward', 'sanitizeSet'] as const) {
      assert.equal(after(mode, undefined), undefined, mode);
      assert.equal(after(mode, withoutPeer), undefined, mode);
    }
    assert.equal(after('alwaysForwardOnly', undefined), 'By=a');
  });
});

describe('whatever comes in', () => {
  const name = fc.constantFrom(
    'x-forwarded-for',
    'X-Forwarded-For',
    'x-forwarded-proto',
    'x-envoy-internal',
    'x-envoy-retry-on',
    'x-envoy-external-address',
    'X-Envoy-Force-Trace',
    'x-request-id',
    'via',
    'x-other',
  );
  const value = fc.oneof(
    fc.constantFrom('', 'true', '1.2.3.4', '1.2.3.4, 10.0.0.1', ',,', 'https', '::1'),
    fc.stringMatching(/^[!-~]{0,12}$/),
  );
  const path = fc.stringMatching(/^\/[a-c./;%2eE5C\\?#]{0,16}$/);
  const options: fc.Arbitrary<Partial<HttpManagerRuntime>> = fc.record({
    useRemoteAddress: fc.boolean(),
    trustedHops: fc.nat(2),
    normalizesPath: fc.boolean(),
    mergesSlashes: fc.boolean(),
    escapedSlashes: fc.constantFrom('keep', 'reject', 'unescapeAndRedirect', 'unescapeAndForward'),
    stripsPort: fc.constantFrom('none', 'any', 'matching'),
    via: fc.constantFrom('', 'mesh'),
  });

  it('is admitted or refused alike by either protocol, and speaks as nobody else', () => {
    fc.assert(
      fc.property(path, fc.array(fc.tuple(name, value), { maxLength: 6 }), options, (target, fields, chosen) => {
        const spec = { path: target, host: 'h:80', fields };
        const one = http1Head(spec);
        const two = http2Head({ ...spec, fields: fields.map(([each, text]) => [each.toLowerCase(), text] as const) });
        const second = admit(two, chosen);
        if (second.reply === undefined) {
          assert.ok(!two.has('x-envoy-internal') && !two.has('x-envoy-retry-on') && !two.has('x-envoy-force-trace'));
          if (chosen.useRemoteAddress === true) {
            assert.ok(two.get('x-forwarded-for')?.endsWith(PEER));
            assert.match(two.get('x-envoy-external-address') ?? '', /^[0-9a-f.:]+$/);
          }
          assert.equal(two.path.charCodeAt(0), 47);
        }
        // HTTP/1 refuses some targets before this.
        if (one === undefined) return;
        const first = admit(one, chosen);
        assert.equal(first.reply?.details, second.reply?.details);
        assert.equal(one.path, two.path);
        assert.equal(one.authority, two.authority);
        assert.equal(first.facts.remote.text, second.facts.remote.text);
        const [left, right] = [fieldsOf(one), fieldsOf(two)];
        if (UUID.test(left['x-request-id'] ?? '')) right['x-request-id'] = left['x-request-id'] ?? '';
        assert.deepEqual(left, right);
      }),
      { numRuns: 1000 },
    );
  });
});
