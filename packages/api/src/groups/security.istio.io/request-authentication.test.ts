import { test } from 'node:test';
import { assertAccepted, assertRefused } from '../../test-support/judge.ts';
import { requestAuthentication } from './request-authentication.ts';

const rule = (text: string) => `{jwtRules: [{${text}}]}`;
const jwks = (keys: string) => rule(`issuer: a, jwks: '${keys}'`);

test('keys of issuers', () => {
  assertAccepted(requestAuthentication, [
    ['no rules', '{}', []],
    ['an issuer', rule('issuer: "https://a.example"'), []],
    ['an address', rule('issuer: a, jwksUri: "http://a.b:8080/keys", timeout: 3s'), []],
    ['the older spelling', rule('jwks_uri: "https://a.b/keys"'), []],
    [
      'a set of keys',
      jwks('{"keys":[{"kty":"RSA","n":"a","e":"AQAB"},{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}'),
      [],
    ],
    ['one key', jwks('{"kty":"OKP","crv":"Ed25519","x":"a"}'), []],
  ]);
  assertRefused(requestAuthentication, [
    [
      'neither issuer nor keys',
      rule('jwks: "{\\"keys\\":[]}"'),
      ['spec.jwtRules[0].issuer: Required value: issuer or jwksUri must be non-empty string'],
    ],
    [
      'two sources of keys',
      rule('issuer: a, jwks: "{}", jwksUri: "https://a"'),
      ['spec.jwtRules[0]: Invalid value: "object": only one of jwks or jwksUri can be set'],
    ],
    [
      'an address',
      rule('jwksUri: "ftp://a/keys"'),
      ['spec.jwtRules[0].jwksUri: Invalid value: "string": url must have scheme http:// or https://'],
    ],
    ['a list', jwks('[]'), ['spec.jwtRules[0].jwks: Invalid value: "[]": jwks parse error: must be a JSON object']],
    [
      'keys of unknown type',
      jwks('{"keys":[{"kty":"X"}]}'),
      [
        'spec.jwtRules[0].jwks: Invalid value: "{\\"keys\\":[{\\"kty\\":\\"X\\"}]}": jwks parse error: keys[0] has the unknown "kty" "X"',
      ],
    ],
    [
      'half a key',
      jwks('{"kty":"RSA","n":"a"}'),
      [
        'spec.jwtRules[0].jwks: Invalid value: "{\\"kty\\":\\"RSA\\",\\"n\\":\\"a\\"}": jwks parse error: key of type RSA has no "e"',
      ],
    ],
    [
      'a timeout',
      rule('issuer: a, timeout: 0s'),
      [
        'spec.jwtRules[0].timeout: Invalid value: "string": must be a valid duration greater than 1ms; leave the field out for the default',
      ],
    ],
  ]);
});

test('places of tokens and claims', () => {
  assertAccepted(requestAuthentication, [
    [
      'places',
      rule('issuer: a, fromHeaders: [{name: x-a, prefix: "B "}, {name: x-a}], fromParams: [t], fromCookies: [c]'),
      [],
    ],
    [
      'repeats',
      rule(
        'issuer: a, fromHeaders: [{name: x-a}, {name: X-A}], fromParams: [t, t], outputPayloadToHeader: x-b, outputClaimToHeaders: [{header: x-b, claim: c}, {header: X-B, claim: d}]',
      ),
      [
        'spec.jwtRules[0].fromHeaders[1]: repeats an earlier entry and has no effect',
        'spec.jwtRules[0].fromParams[1]: repeats an earlier entry and has no effect',
        'spec.jwtRules[0].outputClaimToHeaders[1]: repeats an earlier entry and has no effect',
        'spec.jwtRules[0].outputPayloadToHeader: a claim is written to the same header',
      ],
    ],
  ]);
  assertRefused(requestAuthentication, [
    [
      'names of headers',
      rule('issuer: a, outputPayloadToHeader: "a b", outputClaimToHeaders: [{header: x-a, claim: c}]'),
      ['spec.jwtRules[0].outputPayloadToHeader: Invalid value: "a b": header name a b is not a valid header name'],
    ],
    [
      'empty texts',
      rule('issuer: a, audiences: [""]'),
      [
        'spec.jwtRules[0].audiences[0]: Invalid value: "": spec.jwtRules[0].audiences[0] in body should be at least 1 chars long',
      ],
    ],
  ]);
});
