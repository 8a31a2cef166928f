import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alternate } from './alternate.ts';
import { cpuMsOf, memoryOf } from './process-stats.ts';
import { Report } from './report.ts';
import { formatSpread, quantile, slopeOf, spreadOf } from './stats.ts';

describe('statistics', () => {
  it('interpolate quantiles', () => {
    assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
    assert.equal(quantile([1, 2, 3], 1), 3);
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  it('are not moved by one bad run', () => {
    const spread = spreadOf([10, 11, 9, 10, 500]);
    assert.equal(spread.median, 10);
    assert.equal(spread.spreadPct, 5);
    assert.equal(formatSpread(spread, 'ms'), '10.0 ms ±5 %');
  });
});

describe('a slope', () => {
  it('is that of the line through the points, and of one point there is none', () => {
    const points = [
      [1, 5],
      [2, 6],
      [3, 9],
      [4, 10],
    ] as const;
    assert.ok(Math.abs(slopeOf(points) - 1.8) < 1e-9);
    assert.equal(slopeOf([[1, 5]]), 0);
    assert.equal(slopeOf([]), 0);
  });
});

describe('alternate', () => {
  it('gives every peer every place in turn', async () => {
    const order: string[] = [];
    const peers = ['a', 'b', 'c'].map((name) => ({ name, measure: async () => order.push(name) }));
    const results = await alternate(peers, 3);
    assert.equal(order.join(''), 'abcbcacab');
    assert.deepEqual(results.get('a'), [1, 6, 8]);
  });

  it('stops when asked', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await assert.rejects(alternate([{ name: 'a', measure: async () => 1 }], 1, signal), /stop/);
  });
});

describe('process figures', { skip: process.platform === 'linux' ? false : 'needs /proc' }, () => {
  it('agree with what Node says of itself', () => {
    const { user, system } = process.cpuUsage();
    assert.ok(Math.abs(cpuMsOf(process.pid) - (user + system) / 1000) < 250);
    const memory = memoryOf(process.pid);
    assert.ok(Math.abs(memory.rssBytes - process.memoryUsage.rss()) < 32 * 1024 ** 2);
    assert.ok(memory.anonymousBytes <= memory.rssBytes && memory.rssBytes <= memory.peakRssBytes);
  });
});

describe('report', () => {
  it('says what was measured and how', () => {
    const report = new Report('Kube API');
    report.version('kubectl', '1.32.4');
    report.heading('Creates');
    report.table(['clients', 'rate'], [[32, 'a|b']]);
    const text = report.format({
      command: 'npm run bench -- kube',
      date: '2026-01-01',
      cpu: 'Fast CPU',
      cores: 2,
      memoryGb: 7.6,
      kernel: '6.1',
      node: '24.0.0',
      revision: 'abc',
    });
    assert.equal(
      text,
      '# Kube API\n\n- command: `npm run bench -- kube`\n- date: 2026-01-01\n- machine: Fast CPU, 2 cores, 8 GB, Linux 6.1\n' +
        '- versions: Node 24.0.0, kubectl 1.32.4\n- revision: abc\n\n## Creates\n\n| clients | rate |\n| --: | --- |\n| 32 | a\\|b |\n',
    );
  });
});
