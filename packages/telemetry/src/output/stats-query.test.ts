import assert from 'node:assert/strict';
import { test } from 'node:test';
import { err, ok } from '@weft/core';
import { ALL_STATS, type CompileFilter, parseStatsQuery, type StatsFormat } from './stats-query.ts';

const compileFilter: CompileFilter = (pattern) =>
  pattern === '(' ? err('missing ): (') : ok((name) => name.includes(pattern));

function parse(query: string, format?: StatsFormat) {
  const result = parseStatsQuery(new URLSearchParams(query), compileFilter, format);
  return result.kind === 'ok' ? result.value : result.error;
}

test('parameters are read as Envoy reads them', () => {
  assert.deepEqual(parse(''), ALL_STATS);
  assert.deepEqual(parse('format=&type=&histogram_buckets=&filter='), ALL_STATS);
  assert.deepEqual(parse('format=json&usedonly&type=Gauges&histogram_buckets=none&text_readouts'), {
    ...ALL_STATS,
    format: 'json',
    usedOnly: true,
    type: 'Gauges',
    buckets: 'summary',
    textReadouts: true,
  });
  assert.deepEqual(parse('format=json', 'prometheus'), { ...ALL_STATS, format: 'prometheus' });
});

test('a filter keeps what it finds, or the rest', () => {
  const keeps = (query: string) => {
    const parsed = parse(query);
    return typeof parsed === 'string' ? [] : ['server.live', 'server.uptime'].filter((name) => parsed.filter?.(name));
  };
  assert.deepEqual(keeps('filter=live'), ['server.live']);
  assert.deepEqual(keeps('filter=live&invert_filter'), ['server.uptime']);
});

test('what is wrong or not there is refused with the answer to give', () => {
  assert.equal(parse('filter=('), 'Invalid re2 regex: missing ): (');
  assert.equal(parse('type=counters'), 'invalid &type= param');
  assert.equal(parse('format=html'), 'usage: /stats?format=(json|prometheus|text)\n\n');
  assert.equal(
    parse('histogram_buckets=x'),
    'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary)\n',
  );
  assert.equal(parse('histogram_buckets=detailed', 'prometheus'), 'unsupported prometheus histogram bucket mode');
});
