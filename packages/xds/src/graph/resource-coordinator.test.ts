import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { err, ok } from '@weft/core';
import { captureLogger, FakeClock } from '@weft/testkit';
import type { AdsPlan, FilePlan } from '../client/config-source.ts';
import type { RemovalCause, ResourceHandler } from '../client/handler.ts';
import type { ResourceProblem } from '../protocol/problems.ts';
import { typeUrls } from '../protocol/resource-types.ts';
import { contentOf, resourceOf } from '../test-support/wire-messages.ts';
import {
  type ResourceClient,
  ResourceCoordinator,
  type ResourceCoordinatorOptions,
  type ResourceKind,
} from './resource-coordinator.ts';

const { cluster, endpoints, listener, route, secret } = typeUrls;
const ads: AdsPlan = { kind: 'ads', key: 'ads', initialFetchMs: 15_000 };
const file = (path: string): FilePlan => ({
  kind: 'file',
  key: path,
  path,
  initialFetchMs: 5000,
  watchedDirectory: undefined,
});

/** A client that only remembers, and hands over what the test says. */
class FakeClient implements ResourceClient {
  readonly feeds = new Map<string, { readonly handler: ResourceHandler; readonly names: Set<string> }>();
  readonly log: string[] = [];

  subscribe({ typeUrl, source, handler }: Parameters<ResourceClient['subscribe']>[0]) {
    if (source.key === '/forbidden') return err('files are forbidden');
    const names = new Set<string>();
    this.feeds.set(`${label(typeUrl)} ${source.key}`, { handler, names });
    return ok({
      typeUrl,
      change: ({
        subscribe = [],
        unsubscribe = [],
      }: {
        subscribe?: Iterable<string>;
        unsubscribe?: Iterable<string>;
      }) => {
        for (const name of subscribe) names.add(name);
        for (const name of unsubscribe) names.delete(name);
        this.log.push(`${label(typeUrl)} ${source.key} ${[...names].join()}`);
      },
      pause: () => () => undefined,
    });
  }

  unsubscribe(typeUrl: string, source: { readonly key: string }): void {
    this.feeds.delete(`${label(typeUrl)} ${source.key}`);
    this.log.push(`${label(typeUrl)} ${source.key} closed`);
  }

  batch(work: () => void): void {
    work();
  }

  /** Resources as name to references: `EDS:a` or `SDS@/path:a`; `~a` awaits cluster `a`; `!` stands for one that does not compile. */
  give(
    typeUrl: string,
    contents: Record<string, string>,
    removed: readonly { name: string; cause: RemovalCause }[] = [],
  ) {
    return this.handler(typeUrl).apply({
      typeUrl,
      version: '1',
      resources: Object.entries(contents).map(([name, content]) => ({
        name,
        version: '1',
        typeUrl,
        value: resourceOf(typeUrl, name, content).value,
      })),
      unchanged: [],
      removed,
    });
  }

  handler(typeUrl: string, source = 'ads'): ResourceHandler {
    const feed = this.feeds.get(`${label(typeUrl)} ${source}`);
    return feed?.handler ?? assert.fail(`${label(typeUrl)} ${source} is not subscribed`);
  }
}

const labels: Record<string, string> = {
  [cluster]: 'CDS',
  [endpoints]: 'EDS',
  [listener]: 'LDS',
  [route]: 'RDS',
  [secret]: 'SDS',
};
const urls = new Map(Object.entries(labels).map(([typeUrl, text]) => [text, typeUrl]));
const label = (typeUrl: string) => labels[typeUrl] ?? typeUrl;

const kindOf = (typeUrl: string): ResourceKind<string> => ({
  typeUrl,
  compile: ({ name, value }) => {
    const content = contentOf(typeUrl, value);
    if (content === '!') return err(['first reason', 'second reason']);
    if (content === '!!') throw new Error('compiler out of order');
    const awaited = content
      .split(' ')
      .filter((text) => text.startsWith('~'))
      .map((text) => ({ typeUrl: cluster, name: text.slice(1), source: 'ads' }));
    const references = content
      .split(' ')
      .filter((text) => text.includes(':'))
      .map((text) => {
        const [kind = '', target = ''] = text.split(':');
        const [type = '', path] = kind.split('@');
        return { typeUrl: urls.get(type) ?? type, name: target, source: path === undefined ? ads : file(path) };
      });
    return ok({ value: `${name}=${content}`, references, awaited });
  },
});

class Lab {
  readonly clock = new FakeClock();
  readonly client = new FakeClient();
  readonly commits: Record<string, string | undefined>[] = [];
  readonly log = captureLogger();
  settled = 0;
  readonly coordinator: ResourceCoordinator<string>;

  constructor(options: Partial<ResourceCoordinatorOptions<string>> = {}) {
    this.coordinator = new ResourceCoordinator<string>({
      client: this.client,
      clock: this.clock,
      kinds: [cluster, endpoints, listener, route, secret].map(kindOf),
      roots: [
        { typeUrl: cluster, source: ads },
        { typeUrl: listener, source: ads },
      ],
      onCommit: (changes) => {
        this.commits.push(
          Object.fromEntries(changes.map(({ key, value }) => [`${label(key.typeUrl)}:${key.name}`, value])),
        );
      },
      onSettled: () => {
        this.settled += 1;
      },
      logger: this.log.logger,
      ...options,
    });
  }

  /** What was committed since the last look. */
  committed() {
    return this.commits.splice(0);
  }
}

describe('starting', () => {
  it('asks for clusters, their endpoints, then listeners, then their routes, and is settled at the end', () => {
    const lab = new Lab();
    lab.coordinator.start();
    lab.client.give(cluster, { a: 'EDS:a' });
    lab.client.give(endpoints, { a: '' });
    lab.client.give(listener, { l: 'RDS:r' });
    assert.equal(lab.settled, 0);
    lab.client.give(route, { r: '' });
    assert.deepEqual(lab.client.log, ['CDS ads *', 'EDS ads a', 'LDS ads *', 'RDS ads r']);
    assert.equal(lab.settled, 1);
    assert.deepEqual(lab.committed(), [
      { 'CDS:a': 'a=EDS:a', 'EDS:a': 'a=' },
      { 'LDS:l': 'l=RDS:r', 'RDS:r': 'r=' },
    ]);
    lab.client.give(route, { r: 'x' });
    assert.equal(lab.settled, 1);
  });

  it('goes on when a source does not answer in time, or nothing of it can be used', () => {
    const lab = new Lab();
    lab.coordinator.start();
    lab.client.handler(cluster).unavailable(['*'], 'timeout');
    lab.client.give(listener, { l: '!' });
    assert.equal(lab.settled, 1);
    lab.client.give(cluster, { late: '' });
    assert.deepEqual(lab.committed(), [{ 'CDS:late': 'late=' }]);
  });

  it('goes on without what takes too long', () => {
    const lab = new Lab();
    lab.coordinator.start();
    lab.client.give(cluster, { a: 'EDS:a' });
    lab.client.handler(endpoints).unavailable(['a'], 'timeout');
    assert.deepEqual(lab.committed(), [{ 'CDS:a': 'a=EDS:a' }]);
    assert.ok(lab.client.log.includes('LDS ads *'));
  });

  it('takes resources of the bootstrap along', () => {
    const lab = new Lab({ roots: [], staticTypes: [listener] });
    const references = [{ typeUrl: route, name: 'r', source: ads }];
    assert.equal(lab.coordinator.setStatic(listener, 'l', { value: 'static', references }), undefined);
    lab.coordinator.start();
    assert.equal(lab.settled, 0);
    assert.deepEqual(
      lab.coordinator.warming.map(({ name }) => name),
      ['l'],
    );
    lab.client.give(route, { r: '' });
    assert.deepEqual([lab.settled, lab.committed()], [1, [{ 'LDS:l': 'static', 'RDS:r': 'r=' }]]);
  });

  it('says at once when a resource of the bootstrap references what can never come', () => {
    const references = [{ typeUrl: secret, name: 's', source: file('/forbidden') }];
    const reason = new Lab().coordinator.setStatic(cluster, 'c', { value: 'static', references });
    assert.match(reason ?? '', /^s cannot be had: files are forbidden/);
  });

  it('is settled without sources that cannot be had, and says so', () => {
    const lab = new Lab({ roots: [{ typeUrl: cluster, source: file('/forbidden') }] });
    lab.coordinator.start();
    assert.equal(lab.settled, 1);
    assert.match(lab.log.messages('error')[0] ?? '', /files are forbidden/);
  });
});

describe('updates', () => {
  function started(): Lab {
    const lab = new Lab();
    lab.coordinator.start();
    lab.client.give(cluster, { a: 'EDS:a' });
    lab.client.give(endpoints, { a: '1' });
    lab.client.give(listener, { l: 'RDS:r' });
    lab.client.give(route, { r: '1' });
    lab.committed();
    lab.client.log.length = 0;
    return lab;
  }

  it('apply what is good and refuse the rest with every reason', () => {
    const lab = started();
    const problems: readonly ResourceProblem[] = lab.client.give(cluster, {
      a: '!',
      b: '',
      c: '!!',
      d: 'nobody/knows:x',
    });
    assert.deepEqual(problems, [
      { name: 'a', reason: 'first reason' },
      { name: 'a', reason: 'second reason' },
      { name: 'c', reason: 'internal error: compiler out of order' },
      { name: 'd', reason: 'x cannot be had: nobody/knows is not supported' },
    ]);
    assert.deepEqual(lab.committed(), [{ 'CDS:b': 'b=' }]);
  });

  it('subscribe to and unsubscribe from what is referenced', () => {
    const lab = started();
    lab.client.give(listener, { l: 'RDS:s' });
    assert.deepEqual(lab.committed(), []);
    lab.client.give(route, { s: '1' });
    assert.deepEqual(lab.committed(), [{ 'LDS:l': 'l=RDS:s', 'RDS:s': 's=1', 'RDS:r': undefined }]);
    assert.deepEqual(lab.client.log, ['RDS ads r,s', 'RDS ads s']);
  });

  it('remove roots, with what only they referenced', () => {
    const lab = started();
    lab.client.give(cluster, {}, [{ name: 'a', cause: 'removed' }]);
    assert.deepEqual(lab.committed(), [{ 'CDS:a': undefined, 'EDS:a': undefined }]);
    assert.deepEqual(lab.client.log, ['EDS ads ']);
  });

  it('keep what others reference although the server removes it, but not beyond its time to live', () => {
    const lab = started();
    lab.client.give(route, {}, [{ name: 'r', cause: 'removed' }]);
    assert.deepEqual(lab.committed(), []);
    lab.client.give(route, {}, [{ name: 'r', cause: 'expired' }]);
    assert.deepEqual(lab.committed(), [{ 'RDS:r': undefined }]);
    lab.client.give(route, { r: '2' });
    assert.deepEqual(lab.committed(), [{ 'RDS:r': 'r=2' }]);
  });

  it('may cause further ones while they are handed out', () => {
    const options = { roots: [{ typeUrl: cluster, source: ads }], staticTypes: [listener] };
    const seen: string[] = [];
    const lab: Lab = new Lab({
      ...options,
      onCommit: (changes) => {
        seen.push(changes.map(({ key }) => key.name).join());
        const references = [{ typeUrl: route, name: 'r', source: ads }];
        if (seen.length === 1) lab.coordinator.setStatic(listener, 'l', { value: 'static', references });
      },
    });
    lab.coordinator.start();
    lab.client.give(cluster, { a: '' });
    assert.deepEqual(lab.client.log, ['CDS ads *', 'RDS ads r']);
    lab.client.give(route, { r: '' });
    assert.deepEqual(seen, ['a', 'r,l']);
    assert.equal(lab.settled, 1);
  });

  it('open sources of their own, and close those that serve nothing any more', () => {
    const lab = started();
    lab.client.give(cluster, { a: 'EDS:a SDS@/one:s', b: 'SDS@/two:s' });
    assert.deepEqual(lab.client.log.splice(0), ['SDS /one s', 'SDS /two s']);
    lab.client.give(cluster, { b: '' });
    assert.deepEqual(lab.client.log.splice(0), ['SDS /two ', 'SDS /two closed']);
    lab.client.give(cluster, { c: 'SDS@/three:s SDS@/forbidden:s' });
    assert.deepEqual(
      lab.client.log.splice(0),
      ['SDS /three closed'],
      'opened for a resource that was refused in the end',
    );
    lab.client.give(cluster, { b: 'SDS@/two:s' });
    assert.deepEqual(lab.client.log.splice(0), ['SDS /two s']);
  });
});

describe('a resource that awaits roots', () => {
  function lab() {
    const made = new Lab();
    made.coordinator.start();
    made.client.give(cluster, { one: '' });
    made.client.give(listener, { web: 'RDS:r' });
    made.client.give(route, { r: '~one' });
    made.commits.length = 0;
    return made;
  }

  it('comes into use with those that are on their way, and does not wait for others', () => {
    const { client, commits } = lab();
    client.give(cluster, { two: 'EDS:two' });
    client.give(route, { r: '~two ~three' });
    assert.deepEqual(commits, []);
    client.give(endpoints, { two: '' });
    assert.deepEqual(commits, [{ 'EDS:two': 'two=', 'CDS:two': 'two=EDS:two', 'RDS:r': 'r=~two ~three' }]);
  });

  it('does not wait any longer when they are taken back', () => {
    const { client, commits } = lab();
    client.give(cluster, { two: 'EDS:two' });
    client.give(route, { r: '~two' });
    client.give(cluster, {}, [{ name: 'two', cause: 'removed' }]);
    assert.deepEqual(commits, [{ 'RDS:r': 'r=~two' }]);
  });

  it('does not wait for long', () => {
    const { client, commits, clock } = lab();
    client.give(cluster, { two: 'EDS:two' });
    client.give(route, { r: '~two' });
    clock.advance(4999);
    assert.deepEqual(commits, []);
    clock.advance(1);
    assert.deepEqual(commits, [{ 'RDS:r': 'r=~two' }]);
    client.give(endpoints, { two: '' });
    assert.deepEqual(commits.at(-1), { 'EDS:two': 'two=', 'CDS:two': 'two=EDS:two' });
  });
});
