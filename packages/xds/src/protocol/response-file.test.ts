import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unwrap } from '@weft/core';
import { readResourceName } from './resource-name.ts';
import { typeUrls } from './resource-types.ts';
import { readResponseData } from './response-file.ts';

const typeUrl = typeUrls.cluster;
const cluster = (name: string, more: object = {}) => ({ '@type': typeUrl, name, ...more });

describe('readResponseData', () => {
  it('reads what people write', () => {
    const response = unwrap(
      readResponseData(
        { version_info: '3', resources: [cluster('a', { connect_timeout: '1s' }), cluster('b')] },
        typeUrl,
      ),
    );
    assert.deepEqual([response.versionInfo, response.typeUrl], ['3', typeUrl]);
    assert.deepEqual(
      response.resources.map(({ body }) => readResourceName(body!.value)),
      ['a', 'b'],
    );
  });

  it('takes resources out of wrappers', () => {
    const wrapper = {
      '@type': 'type.googleapis.com/envoy.service.discovery.v3.Resource',
      name: 'a',
      ttl: '3s',
      resource: cluster('a'),
    };
    const [resource] = unwrap(readResponseData({ resources: [wrapper] }, typeUrl)).resources;
    assert.deepEqual([resource?.name, resource?.ttlMs, resource?.body?.typeUrl], ['a', 3000, typeUrl]);
  });

  it('keeps a mistake to its resource, and names both', () => {
    const response = unwrap(readResponseData({ resources: [cluster('a', { nmae: 1 }), cluster('b')] }, typeUrl));
    const [first, second] = response.resources;
    assert.equal(first?.name, 'a');
    assert.match(first?.problem ?? '', /^resources\[0\].*nmae/);
    assert.equal(second?.problem, undefined);
  });

  it('refuses what is no response, with a reason', () => {
    for (const data of [undefined, null, 'text', [], 7, { resources: {} }, { resuorces: [] }, { version_info: {} }]) {
      const response = readResponseData(data, typeUrl);
      assert.equal(response.kind, 'err', JSON.stringify(data));
      assert.notEqual(response.kind === 'err' && response.error, '');
    }
  });
});
