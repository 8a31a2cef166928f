import { bootstrap } from '../bootstrap.ts';
import type { EnvoyCase } from '../case.ts';
import { namedRoutes, request } from '../exchanges.ts';

/** Every kind of header condition, on a path of its own. */
const MATCHERS: Readonly<Record<string, string>> = {
  present: 'present_match: true',
  absent: 'present_match: false',
  'present-inverted': 'present_match: true, invert_match: true',
  'present-missing-empty': 'present_match: true, treat_missing_header_as_empty: true',
  'absent-missing-empty': 'present_match: false, treat_missing_header_as_empty: true',
  nothing: 'invert_match: false',
  exact: 'string_match: { exact: v }',
  'exact-any-case': 'string_match: { exact: V, ignore_case: true }',
  'exact-inverted': 'string_match: { exact: v }, invert_match: true',
  'exact-inverted-missing-empty': 'string_match: { exact: v }, invert_match: true, treat_missing_header_as_empty: true',
  'exact-empty': "string_match: { exact: '' }",
  'exact-empty-missing-empty': "string_match: { exact: '' }, treat_missing_header_as_empty: true",
  'exact-old-empty': "exact_match: ''",
  'exact-old': 'exact_match: v',
  'exact-comma': "string_match: { exact: 'v,w' }",
  prefix: 'string_match: { prefix: ab }',
  suffix: 'string_match: { suffix: yz }',
  contains: 'string_match: { contains: mid }',
  'contains-any-case': 'string_match: { contains: MID, ignore_case: true }',
  regex: "string_match: { safe_regex: { regex: '[0-9]{3}' } }",
  'regex-empty-missing-empty': "safe_regex_match: { regex: '^$' }, treat_missing_header_as_empty: true",
  range: 'range_match: { start: -10, end: 10 }',
  'range-inverted': 'range_match: { start: -10, end: 10 }, invert_match: true',
  'range-missing-empty':
    'range_match: { start: -10, end: 10 }, treat_missing_header_as_empty: true, invert_match: true',
};

const VALUES: Readonly<Record<string, readonly string[] | undefined>> = {
  missing: undefined,
  empty: [''],
  v: ['v'],
  V: ['V'],
  abc: ['abc'],
  ABC: ['ABC'],
  'a mid yz': ['a mid yz'],
  123: ['123'],
  '-10': ['-10'],
  10: ['10'],
  '+5': ['+5'],
  '5 and a space': ['5 '],
  '0x5': ['0x5'],
  '5.0': ['5.0'],
  '007': ['007'],
  'v twice': ['v', 'v'],
  'ab and yz': ['ab', 'yz'],
  'v and w': ['v', 'w'],
  'w and v': ['w', 'v'],
  'w and x': ['w', 'x'],
  'v,w': ['v,w'],
  '5 and 20': ['5', '20'],
  '20 and 5': ['20', '5'],
};

/** Which values are worth asking of which matchers. */
const ASKED: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.keys(MATCHERS).map((name) => [
    name,
    name.startsWith('range')
      ? ['missing', 'empty', '-10', '10', '+5', '5 and a space', '0x5', '5.0', '007', '123', '5 and 20', '20 and 5']
      : /prefix|suffix|contains|regex/.test(name)
        ? ['missing', 'empty', 'abc', 'ABC', 'a mid yz', '123', 'ab and yz']
        : ['missing', 'empty', 'v', 'V', 'v twice', 'v and w', 'w and v', 'w and x', 'v,w'],
  ]),
);

/** Header conditions: every kind with every value that may surprise. */
export const routeHeaders: EnvoyCase = {
  name: 'route-headers',
  backends: {},
  bootstrap: bootstrap({
    listeners: {
      main: {
        routes: namedRoutes({
          ...Object.fromEntries(
            Object.entries(MATCHERS).map(([name, match]) => [
              name,
              `{ path: /${name}, headers: [{ name: X-H, ${match} }] }`,
            ]),
          ),
          'cookie-header': "{ path: /cookie, headers: [{ name: cookie, string_match: { exact: 'a=1; b=2' } }] }",
          'host-header': '{ path: /host, headers: [{ name: Host, string_match: { exact: test.local } }] }',
          authority: "{ path: /authority, headers: [{ name: ':authority', string_match: { exact: test.local } }] }",
          method: "{ path: /method, headers: [{ name: ':method', string_match: { exact: POST } }] }",
          scheme: "{ path: /scheme, headers: [{ name: ':scheme', string_match: { exact: http } }] }",
          path: "{ prefix: /path, headers: [{ name: ':path', string_match: { exact: '/path?q=1' } }] }",
          'regex-comma': "{ path: /rc, headers: [{ name: x-h, string_match: { safe_regex: { regex: 'v.*w' } } }] }",
          'utf8-exact': "{ path: /utf8, headers: [{ name: x-h, string_match: { exact: 'é' } }] }",
          'utf8-dot': "{ path: /utf8-dot, headers: [{ name: x-h, string_match: { safe_regex: { regex: '.' } } }] }",
          'utf8-dots': "{ path: /utf8-dots, headers: [{ name: x-h, string_match: { safe_regex: { regex: '..' } } }] }",
          'utf8-regex':
            "{ path: /utf8-regex, headers: [{ name: x-h, string_match: { safe_regex: { regex: 'é+' } } }] }",
          'utf8-set': "{ path: /utf8-set, headers: [{ name: x-h, string_match: { safe_regex: { regex: '[é]' } } }] }",
          'utf8-letters':
            "{ path: /utf8-letters, headers: [{ name: x-h, string_match: { safe_regex: { regex: '\\pL+' } } }] }",
          'utf8-any-case':
            "{ path: /utf8-any-case, headers: [{ name: x-h, string_match: { safe_regex: { regex: '(?i)É' } } }] }",
          both: '{ path: /both, headers: [{ name: x-a, present_match: true }, { name: x-b, present_match: true }] }',
        }),
      },
    },
  }),
  exchanges: [
    ...Object.entries(ASKED).flatMap(([name, values]) =>
      values.map((value) =>
        request(`${name}: ${value}`, `/${name}`, {
          headers: (VALUES[value] ?? []).map((one) => ['X-h', one] as const),
        }),
      ),
    ),
    request('cookies in one header', '/cookie', { headers: { cookie: 'a=1; b=2' } }),
    request('cookies in two headers', '/cookie', {
      headers: [
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ],
    }),
    request('an expression over two values', '/rc', {
      headers: [
        ['x-h', 'v'],
        ['x-h', 'w'],
      ],
    }),
    ...['utf8', 'utf8-dot', 'utf8-dots', 'utf8-regex', 'utf8-set', 'utf8-letters', 'utf8-any-case'].flatMap((path) =>
      ['\xc3\xa9', '\xe9', '\xc3', '\xc3\xa9\xc3\xa9', '\xc3\xa9\xa9', '\xe3\xa9', '\xe3'].map((value) =>
        request(`${path}: ${Buffer.from(value, 'latin1').toString('hex')}`, `/${path}`, { headers: { 'x-h': value } }),
      ),
    ),
    request('host', '/host'),
    request('authority', '/authority'),
    request('authority minds case', '/authority', { host: 'TEST.local' }),
    request('method', '/method', { method: 'POST' }),
    request('scheme', '/scheme'),
    request('path with its query', '/path?q=1'),
    request('both', '/both', { headers: { 'x-a': '', 'x-b': '1' } }),
    request('only one of both', '/both', { headers: { 'x-a': '1' } }),
  ],
};
