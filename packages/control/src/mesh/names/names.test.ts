import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveGateway } from '../config/gateway-name.ts';
import { mostSpecificHost, resolveHost } from './hosts.ts';
import { isSelected } from './labels.ts';
import { isPrivateTo, isVisibleTo, visibilityOf } from './visibility.ts';

test('SEMANTICS 1: short names belong to the namespace of the object that says them', () => {
  const cases: Readonly<Record<string, string>> = {
    reviews: 'reviews.a.svc.cluster.local',
    Reviews: 'reviews.a.svc.cluster.local',
    'reviews.b': 'reviews.b',
    'www.Example.com': 'www.example.com',
    '*': '*',
    '*.example.com': '*.example.com',
    '10.0.0.1': '10.0.0.1',
    '2001:db8::1': '2001:db8::1',
  };
  for (const [host, full] of Object.entries(cases)) assert.equal(resolveHost(host, 'a', 'cluster.local'), full, host);
});

test('SEMANTICS 2: names of gateways', () => {
  const cases: Readonly<Record<string, string>> = {
    mesh: 'mesh',
    gw: 'a/gw',
    './gw': 'a/gw',
    'b/gw': 'b/gw',
    'gw.b': 'b/gw',
    'gw.b.svc.cluster.local': 'b/gw',
  };
  for (const [name, full] of Object.entries(cases)) assert.equal(resolveGateway(name, 'a'), full, name);
});

test('SEMANTICS 4: exportTo', () => {
  const seenBy = (exportTo: string[] | undefined, defaults: string[] = ['*']): string => {
    const visibility = visibilityOf(exportTo, 'a', defaults);
    return ['a', 'b', 'c'].filter((namespace) => isVisibleTo(visibility, namespace)).join('');
  };
  assert.equal(seenBy(undefined), 'abc');
  assert.equal(seenBy([]), 'abc');
  assert.equal(seenBy(undefined, ['.']), 'a');
  assert.equal(seenBy(['.']), 'a');
  assert.equal(seenBy(['b']), 'b');
  assert.equal(seenBy(['.', 'b']), 'ab');
  assert.equal(seenBy(['b', '*']), 'abc', '"*" beats the rest');
  assert.equal(seenBy(['~']), '');
  assert.equal(isPrivateTo(visibilityOf(['a'], 'a', ['*']), 'a'), true);
});

test('the longest wildcard that covers a host is its most specific', () => {
  const table = new Map([
    ['*.com', 1],
    ['*.example.com', 2],
    ['www.example.com', 3],
  ]);
  assert.equal(mostSpecificHost('www.example.com', table), 3);
  assert.equal(mostSpecificHost('api.example.com', table), 2);
  assert.equal(mostSpecificHost('*.api.example.com', table), 2);
  assert.equal(mostSpecificHost('example.org', table), undefined);
  assert.equal(mostSpecificHost('example.com', table), 1);
});

test('a selector asks for labels of the object itself', () => {
  assert.equal(isSelected({ app: 'x' }, { app: 'x', version: '1' }), true);
  assert.equal(isSelected({}, {}), true);
  assert.equal(isSelected({ app: 'x' }, { app: 'y' }), false);
  assert.equal(isSelected(JSON.parse('{"__proto__": "x"}') as Record<string, string>, {}), false);
});
