/** Broken configurations: whatever is in a message, compiling it throws nothing and either gives a table or says what is wrong. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import { fromJson, Problems as LiteProblems } from '@weft/proto/lite';
import fc from 'fast-check';
import { parse } from 'yaml';
import { findRoute } from './find-route.ts';
import { compileRouteConfig } from './route-config.ts';
import { testContext } from './test-support/compile.ts';
import { connectionView, requestView, routeInput } from './test-support/views.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const directory = new URL('testdata/', import.meta.url);
const CONFIGS: readonly Json[] = readdirSync(directory).map(
  (file) => (parse(readFileSync(new URL(file, directory), 'utf8')) as { config: Json }).config,
);

const junk: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  null,
  true,
  0,
  -1,
  2 ** 33,
  '',
  '(',
  '/',
  '*',
  '%',
  'é',
  '1s',
  '-1s',
  [],
  {},
  [{}],
  { a: 1 },
);

/** Replaces, drops or repeats one thing somewhere in a document; `where` says where. */
function mutate(value: Json, where: readonly number[], replacement: Json, action: number): Json {
  const [step, ...rest] = where;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  if (Array.isArray(value)) {
    if (value.length === 0) return [replacement];
    const at = step % value.length;
    if (rest.length === 0 && action === 0) return value.filter((_, i) => i !== at);
    if (rest.length === 0 && action === 1) return [...value, value[at]!];
    return value.map((each, i) => (i === at ? mutate(each, rest, replacement, action) : each));
  }
  const keys = Object.keys(value);
  if (keys.length === 0) return replacement;
  const key = keys[step % keys.length]!;
  if (rest.length === 0 && action === 0)
    return Object.fromEntries(Object.entries(value).filter(([own]) => own !== key));
  return { ...value, [key]: mutate(value[key]!, rest, replacement, action) };
}

const mutation = fc.tuple(fc.array(fc.nat(20), { minLength: 1, maxLength: 10 }), junk, fc.nat(2));

test('broken configurations are refused, and what is not refused answers requests', () => {
  let compiled = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...CONFIGS),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      (config, mutations) => {
        const json = mutations.reduce<Json>(
          (document, [where, value, action]) => mutate(document, where, value, action),
          config,
        );
        const message = fromJson<RouteConfiguration>(
          'envoy.config.route.v3.RouteConfiguration',
          json,
          new LiteProblems(),
        );
        if (message === undefined) return;
        const context = testContext();
        const runtime = compileRouteConfig(message, '', context);
        assert.equal(runtime === undefined, context.problems.count > 0, JSON.stringify(context.problems.list()));
        if (runtime === undefined) {
          refused += 1;
          return;
        }
        compiled += 1;
        for (const path of ['/', '/a/b?c=d#e', '', '*']) {
          for (const authority of ['', 'example.com:80', '[::1]:80']) {
            findRoute(runtime, requestView({ path, authority }), connectionView(), routeInput());
          }
        }
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(compiled > 50 && refused > 50, `${compiled} compiled, ${refused} refused`);
});
