import { bootstrap, type HttpListener } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { response, send, talk } from '../exchanges.ts';

const TYPE = "'@type': envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
const GET = 'GET / HTTP/1.1\r\nhost: test.local\r\nconnection: close\r\n\r\n';
const SIGNATURE = '\r\n\r\n\x00\r\nQUIT\n';

function listener(more: string): HttpListener {
  return {
    listener: `listener_filters: [{ name: proxy, typed_config: { ${TYPE} ${more} } }]`,
    hcm: '{ use_remote_address: true, skip_xff_append: true }',
    routes: `
    - match: { prefix: / }
      direct_response: { status: 200 }
      response_headers_to_add:
      - { header: { key: x-remote, value: '%DOWNSTREAM_REMOTE_ADDRESS%' } }
      - { header: { key: x-direct, value: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%' } }
      - { header: { key: x-local, value: '%DOWNSTREAM_LOCAL_ADDRESS%' } }
      - { header: { key: x-tlv, value: '%DYNAMIC_METADATA(envoy.filters.listener.proxy_protocol:name)%' } }
    `,
  };
}

/** Version 2: what it is, the family with the transport, addresses and values. */
function version2(command: number, family: number, rest: string): string {
  return `${SIGNATURE}${String.fromCharCode(0x20 | command, family, rest.length >> 8, rest.length & 255)}${rest}`;
}

const IPV4 = '\x0a\x01\x02\x03\x0a\x04\x05\x06\x04\xd2\x16\x2e';
const IPV6 = `\x20\x01\x0d\xb8${'\x00'.repeat(11)}\x01\x20\x01\x0d\xb8${'\x00'.repeat(11)}\x02\x04\xd2\x16\x2e`;

const GOOD: Readonly<Record<string, string>> = {
  'version 1, TCP4': 'PROXY TCP4 1.2.3.4 5.6.7.8 1234 5678\r\n',
  'version 1, TCP6': 'PROXY TCP6 2001:db8::1 2001:db8::2 1234 5678\r\n',
  'version 1, unknown': 'PROXY UNKNOWN\r\n',
  'version 1, unknown with addresses': 'PROXY UNKNOWN 1.2.3.4 5.6.7.8 1 2\r\n',
  'version 2, TCP4': version2(1, 0x11, IPV4),
  'version 2, TCP6': version2(1, 0x21, IPV6),
  'version 2, local': version2(0, 0x00, ''),
  'version 2, local with addresses': version2(0, 0x11, IPV4),
  'version 2, UDP': version2(1, 0x12, IPV4),
  'version 2, with values': version2(1, 0x11, `${IPV4}\x02\x00\x05hello\x04\x00\x01\x00`),
};

const BAD: Readonly<Record<string, string>> = {
  none: '',
  'version 1, an address that is none': 'PROXY TCP4 1.2.3.x 5.6.7.8 1234 5678\r\n',
  'version 1, the wrong family': 'PROXY TCP4 2001:db8::1 2001:db8::2 1234 5678\r\n',
  'version 1, a port too large': 'PROXY TCP4 1.2.3.4 5.6.7.8 99999 5678\r\n',
  'version 1, a field too few': 'PROXY TCP4 1.2.3.4 5.6.7.8 1234\r\n',
  'version 1, in lower case': 'proxy TCP4 1.2.3.4 5.6.7.8 1234 5678\r\n',
  'version 1, too long': `PROXY TCP4 ${'1'.repeat(120)}\r\n`,
  'version 1, ended by LF': 'PROXY TCP4 1.2.3.4 5.6.7.8 1234 5678\n',
  'version 2, a command nobody knows': version2(3, 0x11, IPV4),
  'version 2, a family nobody knows': version2(1, 0x51, IPV4),
  'version 2, too short': version2(1, 0x11, '\x01\x02'),
  'version 2, a value too long': version2(1, 0x11, `${IPV4}\x02\x00\x99hi`),
  'version 2, unspecified': version2(1, 0x00, ''),
  'version 2, unix': version2(1, 0x31, 'x'.repeat(216)),
  'version 3': `${SIGNATURE}\x31\x11\x00\x0c${IPV4}`,
};

/** Addresses that the one before this proxy announces. */
export const proxyProtocol: EnvoyCase = {
  name: 'proxy-protocol',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: listener(', rules: [{ tlv_type: 2, on_tlv_present: { key: name } }]'),
      optional: listener(', allow_requests_without_proxy_protocol: true'),
      'no-version-1': listener(', disallowed_versions: [V1]'),
    },
  }),
  exchanges: [
    ...Object.entries(GOOD).map(([name, text]) => talk(name, [send(text + GET), response()])),
    ...Object.entries(BAD).map(([name, text]) => talk(name, [send(text + GET), { kind: 'closed' }], { logs: 0 })),
    talk('optional: none', [send(GET), response()], { listener: 'optional' }),
    talk('optional: there', [send(GOOD['version 1, TCP4'] + GET), response()], { listener: 'optional' }),
    talk('version 1 is not allowed', [send(GOOD['version 1, TCP4'] + GET), { kind: 'closed' }], {
      listener: 'no-version-1',
      logs: 0,
    }),
    talk('version 2 is allowed', [send(GOOD['version 2, TCP4'] + GET), response()], { listener: 'no-version-1' }),
    talk(
      'byte by byte',
      (GOOD['version 1, TCP4'] + GET)
        .split('')
        .map((byte) => send(byte))
        .concat([response()]),
    ),
  ],
  stats: [
    'proxy_proto.versions.v1.found',
    'proxy_proto.versions.v2.found',
    'proxy_proto.versions.v1.error',
    'proxy_proto.versions.v2.error',
    'proxy_proto.not_found_disallowed',
  ],
};
