import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from '@weft/core';
import fc from 'fast-check';
import { compileDomainTable, stripPort } from './domain-table.ts';
import { compileServerNames } from './server-names.ts';

const entriesOf = (domains: readonly string[]) =>
  domains.map((domain, i) => ({ domain, value: domain, owner: `vhost-${i}` }));

test('exact before suffix before prefix before everything, the longest first', () => {
  const domains = ['foo.com', '*.foo.com', '*-bar.foo.com', 'foo.*', 'foo.bar.*', '*', 'Port.com:8080', '*.b.foo.com'];
  const table = unwrap(compileDomainTable(entriesOf(domains), 'domains'));
  const cases: [string, string][] = [
    ['foo.com', 'foo.com'],
    ['FOO.com', 'foo.com'],
    ['a.foo.com', '*.foo.com'],
    ['x-bar.foo.com', '*-bar.foo.com'],
    ['-bar.foo.com', '*.foo.com'],
    ['a.b.foo.com', '*.b.foo.com'],
    ['.foo.com', '*'],
    ['foo.org', 'foo.*'],
    ['foo.bar.org', 'foo.bar.*'],
    ['foo.', '*'],
    ['port.com:8080', 'Port.com:8080'],
    ['port.com', '*'],
    ['', '*'],
  ];
  for (const [host, expected] of cases) assert.equal(table.find(host)?.value, expected, host);
});

test('the port of the host is ignored on request', () => {
  const table = unwrap(compileDomainTable(entriesOf(['foo.com', '[::1]']), 'domains', { ignorePort: true }));
  assert.equal(table.find('foo.com:8080')?.value, 'foo.com');
  assert.equal(table.find('[::1]:80')?.value, '[::1]');
  assert.equal(table.find('[::1]')?.value, '[::1]');
  assert.equal(table.find('bar.com'), undefined);
  assert.equal(stripPort('a:b:1'), 'a:b');
});

test('a domain used twice names both owners, and wildcards stand at an end', () => {
  const result = compileDomainTable(entriesOf(['a.com', 'A.com', 'a.*.com', '', '*a*']), 'virtual_hosts');
  assert.equal(result.kind, 'err');
  if (result.kind !== 'err') return;
  assert.deepEqual(
    result.error.map((error) => error.path),
    ['virtual_hosts[1]', 'virtual_hosts[2]', 'virtual_hosts[3]', 'virtual_hosts[4]'],
  );
  assert.match(result.error[0]!.reason, /"A.com" of vhost-1 is already used by vhost-0/);
});

const label = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'A'), minLength: 1, maxLength: 4 });
const domain = fc.oneof(
  label,
  label.map((text) => `*${text}`),
  label.map((text) => `${text}*`),
  fc.constant('*'),
);

test('the table decides as a scan by precedence does', () => {
  const naive = (domains: readonly string[], host: string): string | undefined => {
    const low = host.toLowerCase();
    const rank = (one: string): number => {
      const text = one.toLowerCase();
      if (text === '*') return 1;
      if (text.startsWith('*'))
        return low.length >= text.length && low.endsWith(text.slice(1)) ? 2000 + text.length : 0;
      if (text.endsWith('*'))
        return low.length >= text.length && low.startsWith(text.slice(0, -1)) ? 1000 + text.length : 0;
      return text === low ? 9000 : 0;
    };
    return domains.filter((one) => rank(one) > 0).sort((a, b) => rank(b) - rank(a))[0];
  };
  fc.assert(
    fc.property(
      fc.uniqueArray(domain, { selector: (one) => one.toLowerCase(), maxLength: 12 }),
      label,
      (domains, host) => {
        const table = unwrap(compileDomainTable(entriesOf(domains), 'domains'));
        assert.equal(table.find(host)?.value, naive(domains, host));
      },
    ),
    { numRuns: 1000 },
  );
});

test('ten thousand domains cost a few look-ups', () => {
  const table = unwrap(
    compileDomainTable(entriesOf(Array.from({ length: 10_000 }, (_, i) => `*.host-${i}.example`)), 'domains'),
  );
  const before = performance.now();
  for (let i = 0; i < 10_000; i += 1) assert.equal(table.find(`a.host-${i}.example`)?.owner, `vhost-${i}`);
  assert.ok(performance.now() - before < 500);
});

test('server names: exact, the most specific wildcard, none', () => {
  const names = unwrap(
    compileServerNames(
      [
        { names: ['www.example.com', '*.org'], value: 1, owner: 'one' },
        { names: ['*.example.com'], value: 2, owner: 'two' },
        { names: ['*.com'], value: 3, owner: 'three' },
        { names: [], value: 4, owner: 'four' },
      ],
      'filter_chains',
    ),
  );
  const cases: [string, number][] = [
    ['www.example.com', 1],
    ['WWW.Example.com', 1],
    ['a.b.example.com', 2],
    ['example.com', 3],
    ['com', 4],
    ['', 4],
    ['.com', 4],
    ['x.org', 1],
  ];
  for (const [name, expected] of cases) assert.equal(names.find(name), expected, name);
});

test('server names: duplicates and partial wildcards are errors', () => {
  const result = compileServerNames(
    [
      { names: ['a.com', '*w.com', '*', '.x.com'], value: 1, owner: 'one' },
      { names: ['A.com'], value: 2, owner: 'two' },
    ],
    'chains',
  );
  assert.deepEqual(result.kind === 'err' && result.error.map((error) => error.path), [
    'chains[0].server_names[1]',
    'chains[0].server_names[2]',
    'chains[0].server_names[3]',
    'chains[1].server_names[0]',
  ]);
});
