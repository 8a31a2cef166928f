import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completePackages, findMissingOptionals } from './complete-lock.ts';

const packages = {
  '': {},
  'node_modules/tool': {
    version: '1.2.3',
    dev: true,
    optionalDependencies: {
      '@tool/linux-x64': '1.2.3',
      '@tool/darwin-arm64': '1.2.3',
      '@tool/binding-linux-arm64-musl': '1.2.3',
    },
  },
  'node_modules/@tool/linux-x64': { version: '1.2.3' },
  'node_modules/tool/node_modules/inner': { version: '1.0.0', optionalDependencies: { '@tool/linux-x64': '1.2.3' } },
};

describe('lockfile', () => {
  it('misses what no folder further up has', () => {
    assert.deepEqual(
      findMissingOptionals(packages).map((missing) => missing.name),
      ['@tool/darwin-arm64', '@tool/binding-linux-arm64-musl'],
    );
  });

  it('is completed with entries that npm skips on other platforms', () => {
    const complete = completePackages(packages);
    assert.deepEqual(findMissingOptionals(complete), []);
    assert.deepEqual(complete['node_modules/@tool/darwin-arm64'], {
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    assert.deepEqual(complete['node_modules/@tool/binding-linux-arm64-musl']?.libc, ['musl']);
    assert.equal(Object.keys(complete)[0], '');
  });

  it('is not guessed at', () => {
    const withVersion = (version: string, name = '@x/linux-x64') => ({
      'node_modules/x': { optionalDependencies: { [name]: version } },
    });
    assert.throws(() => completePackages(withVersion('^1.0.0')), /no exact version/);
    assert.throws(() => completePackages(withVersion('1.0.0', 'plain')), /cannot tell the platform/);
  });
});
