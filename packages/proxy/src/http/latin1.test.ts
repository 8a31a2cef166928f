import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { latin1Slice, rememberedText } from './latin1.ts';

it('a remembered text is that of the bytes, whatever was asked for before', () => {
  // Few letters and lengths, so that many share a place.
  const bytes = fc.oneof(
    fc.stringMatching(/^[ab]{0,6}$/).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 80 }),
  );
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 20 }), (all) => {
      for (const each of all) {
        const whole = Buffer.concat([Buffer.from('ab'), each, Buffer.from('ba')]);
        const text = rememberedText(whole, 2, 2 + each.length);
        assert.equal(text, latin1Slice(whole, 2, 2 + each.length));
        whole.fill('z');
        assert.equal(rememberedText(Buffer.from(each), 0, each.length), text);
      }
    }),
  );
});
