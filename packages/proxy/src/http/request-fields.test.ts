import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestFields } from './request-fields.ts';

describe('a path made of text', () => {
  it('is percent-encoded where it could end a line or be cut to another byte', () => {
    const head = RequestFields.of({ method: 'GET', path: '/a b\r\n\u010d', scheme: 'http', authority: 'a' });
    assert.equal(head.path, '/a%20b%0D%0A%C4%8D');
    head.path = '/\u010d';
    assert.equal(head.path, '/%C4%8D');
  });
});
