import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccepted, assertRefused, judge } from '../../test-support/judge.ts';
import { gateway } from './gateway.ts';

const HTTP_PORT = 'port: {number: 80, name: http, protocol: HTTP}';
const HTTPS_PORT = 'port: {number: 443, name: https, protocol: HTTPS}';
const server = (text: string) => `{selector: {app: gw}, servers: [{${text}}]}`;
const tls = (text: string) => server(`${HTTPS_PORT}, hosts: [a.com], tls: ${text}`);

test('servers, ports and hosts', () => {
  assertAccepted(gateway, [
    [
      'all forms of hosts',
      server(`${HTTP_PORT}, hosts: ["*", a.com, "*.a.com", ns/a.com, ./a.com, "*/a.com", 10.0.0.1]`),
      [],
    ],
    ['a Unix socket', server('port: {number: 0, name: http, protocol: HTTP}, bind: "unix:///a/b", hosts: ["*"]'), []],
    [
      'every workload',
      `{servers: [{${HTTP_PORT}, hosts: ["*"]}]}`,
      ['spec.selector: empty, so every workload of the mesh runs this gateway'],
    ],
    ['protocols without regard to case', server('port: {number: 80, name: a, protocol: grpc-web}, hosts: ["*"]'), []],
  ]);
  assertRefused(gateway, [
    ['no server', '{selector: {a: b}}', ['spec.servers: Required value: gateway must have at least one server']],
    [
      'one name twice',
      `{selector: {a: b}, servers: [{${HTTP_PORT}, hosts: ["*"]}, {port: {number: 81, name: http, protocol: HTTP}, hosts: ["*"]}]}`,
      ['spec.servers[1].port.name: Duplicate value: "http"'],
    ],
    ['no port', server('hosts: ["*"]'), ['spec.servers[0].port: Required value']],
    [
      'hosts',
      server(`${HTTP_PORT}, hosts: [short, ns/, "a!/b.com", "*foo.com"]`),
      [
        'spec.servers[0].hosts[0]: Invalid value: "short": short names (non FQDN) are not allowed',
        'spec.servers[0].hosts[1]: Invalid value: "ns/": config namespace and dnsName in host entry cannot be empty',
        'spec.servers[0].hosts[2]: Invalid value: "a!/b.com": invalid namespace value "a!" in gateway',
        'spec.servers[0].hosts[3]: Invalid value: "*foo.com": partial wildcard "*foo.com" not allowed',
      ],
    ],
    [
      'ports',
      server('port: {number: 0, name: "", protocol: FTP, targetPort: 5}, bind: a.b, hosts: []'),
      [
        'spec.servers[0].hosts: Required value: server config must contain at least one host',
        'spec.servers[0].port.protocol: Unsupported value: "FTP": supported values: "HTTP", "HTTPS", "HTTP2", "GRPC", "GRPC-WEB", "MONGO", "REDIS", "MYSQL", "TCP", "TLS"',
        'spec.servers[0].port.name: Required value: port name must be set',
        'spec.servers[0].port.targetPort: Invalid value: 5: targetPort has no impact on Gateways',
        'spec.servers[0].port.number: Invalid value: 0: port number 0 must be in the range 1..65535',
        'spec.servers[0].bind: Invalid value: "a.b": a.b is not a valid IP',
      ],
    ],
    [
      'a Unix socket with a port',
      server('port: {number: 80, name: a, protocol: HTTP}, bind: "unix://a/", hosts: ["*"]'),
      [
        'spec.servers[0].bind: Invalid value: "unix://a/": a/ is not an absolute path to a file',
        'spec.servers[0].port.number: Invalid value: 80: port number must be 0 for unix domain socket',
      ],
    ],
  ]);
});

test('TLS fits the protocol', () => {
  assertAccepted(gateway, [
    ['a redirect', server(`${HTTP_PORT}, hosts: ["*"], tls: {httpsRedirect: true}`), []],
    [
      'a redirect where nothing is HTTP',
      tls('{mode: PASSTHROUGH, httpsRedirect: true}'),
      ['spec.servers[0].tls.httpsRedirect: should only be used with http servers'],
    ],
  ]);
  assertRefused(gateway, [
    [
      'HTTPS without TLS',
      server(`${HTTPS_PORT}, hosts: [a.com]`),
      ['spec.servers[0].tls: Required value: server must have TLS settings for HTTPS/TLS protocols'],
    ],
    [
      'HTTP with TLS',
      server(`${HTTP_PORT}, hosts: [a.com], tls: {mode: SIMPLE, credentialName: c}`),
      ['spec.servers[0].tls: Invalid value: "SIMPLE": server cannot have TLS settings for plain text HTTP ports'],
    ],
    [
      'TCP with TLS',
      server('port: {number: 1, name: a, protocol: TCP}, hosts: [a.com], tls: {mode: SIMPLE, credentialName: c}'),
      ['spec.servers[0].tls: Invalid value: "SIMPLE": server cannot have TLS settings for non HTTPS/TLS ports'],
    ],
  ]);
});

test('certificates fit the mode', () => {
  const at = 'spec.servers[0].tls';
  assertAccepted(gateway, [
    ['a Secret', tls('{mode: MUTUAL, credentialName: c, caCertCredentialName: ca}'), []],
    ['two Secrets', tls('{mode: SIMPLE, credentialNames: [rsa, ec]}'), []],
    [
      'several files',
      tls(
        '{mode: SIMPLE, tlsCertificates: [{serverCertificate: /a, privateKey: /b}, {serverCertificate: /c, privateKey: /d}]}',
      ),
      [],
    ],
    [
      'files that are not used',
      tls('{mode: PASSTHROUGH, serverCertificate: /c}'),
      [`${at}.serverCertificate: PASSTHROUGH mode does not use certificates, they will be ignored`],
    ],
    [
      'old versions and ciphers',
      tls('{mode: SIMPLE, credentialName: c, minProtocolVersion: TLSV1_0}'),
      [
        `${at}.minProtocolVersion: TLS version below TLSV1_2 require setting compatible ciphers as by default they no longer include compatible ciphers`,
      ],
    ],
    [
      'ciphers',
      tls('{mode: SIMPLE, credentialName: c, cipherSuites: [AES128-SHA, AES128-SHA, FOO]}'),
      [
        `${at}.cipherSuites[1]: ignoring duplicate cipher suite AES128-SHA`,
        `${at}.cipherSuites[2]: ignoring invalid cipher suite FOO`,
      ],
    ],
  ]);
  assertRefused(gateway, [
    [
      'SIMPLE without files',
      tls('{mode: SIMPLE}'),
      [
        `${at}.serverCertificate: Required value: SIMPLE TLS requires a server certificate`,
        `${at}.privateKey: Required value: SIMPLE TLS requires a private key`,
      ],
    ],
    [
      'MUTUAL without authorities',
      tls('{mode: OPTIONAL_MUTUAL, serverCertificate: /c, privateKey: /k}'),
      [`${at}.caCertificates: Required value: MUTUAL TLS requires a client CA bundle`],
    ],
    [
      'the certificates of the mesh and others',
      tls('{mode: ISTIO_MUTUAL, credentialName: c}'),
      [`${at}.credentialName: Invalid value: "c": ISTIO_MUTUAL TLS cannot have associated credentialName`],
    ],
    [
      'two sources',
      tls('{mode: SIMPLE, credentialName: c, credentialNames: [d]}'),
      [
        `${at}: Invalid value: "": only one of credentialName, credentialNames, serverCertificate/privateKey, tlsCertificates should be specified`,
      ],
    ],
    [
      'revocation where nobody shows a certificate',
      tls('{mode: SIMPLE, credentialName: c, caCrl: /crl}'),
      [
        `${at}.caCrl: Invalid value: "/crl": CRL is not supported with credentialName. CRL has to be specified in the credential`,
        `${at}.caCrl: Invalid value: "/crl": CRL is not supported with SIMPLE TLS`,
      ],
    ],
    [
      'half a pair',
      tls('{mode: SIMPLE, tlsCertificates: [{serverCertificate: /a}]}'),
      [`${at}.tlsCertificates[0].privateKey: Required value: SIMPLE TLS requires a private key`],
    ],
    [
      'versions that exclude each other',
      tls('{mode: SIMPLE, credentialName: c, minProtocolVersion: TLSV1_3, maxProtocolVersion: TLSV1_2}'),
      [`${at}.maxProtocolVersion: Invalid value: "TLSV1_2": must not be below minProtocolVersion`],
    ],
    [
      'three certificates',
      tls('{mode: SIMPLE, credentialNames: [a, b, c]}'),
      [`${at}.credentialNames: Too many: 3: must have at most 2 items`],
    ],
  ]);
});

test('the name of a gateway is a label, as rules refer to it', () => {
  const object = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'a.b', namespace: 'ns' },
    spec: {
      selector: { a: 'b' },
      servers: [{ port: { number: 80, name: 'a', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  };
  assert.match(judge(gateway, object).errors[0]!, /^metadata\.name: Invalid value: "a\.b": a lowercase RFC 1123 label/);
});
