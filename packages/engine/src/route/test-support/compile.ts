import assert from 'node:assert/strict';
import { err, ok } from '@weft/core';
import type { RouteConfiguration } from '@weft/proto/envoy/config/route/v3/route';
import { fromJson, Problems as LiteProblems, unpack } from '@weft/proto/lite';
import { parse } from 'yaml';
import type { AnyMessage } from '../../compile/context.ts';
import { Problems } from '../../compile/problems.ts';
import type { ValueFormatter } from '../../headers/value-format.ts';
import type { CompileError } from '../../match/compile-error.ts';
import type { RouteCompileContext } from '../context.ts';
import { CORS_ROUTE_FILTER } from '../cors.ts';
import { compileRouteConfig, type RouteConfigRuntime } from '../route-config.ts';

/** A context for tests: files are texts of their own names, and formats know `%REQ(name)%` only. */
export function testContext(
  overrides: Partial<RouteCompileContext> = {},
): RouteCompileContext & { problems: Problems } {
  const problems = new Problems();
  return {
    regexLimits: undefined,
    routeFilters: [CORS_ROUTE_FILTER],
    compileFormat: (text) => ok(simpleFormat(text)),
    compileMatcher: (_message, _compileAction, path, context) => {
      context.problems.add(path, 'no matcher trees in this test');
      return undefined;
    },
    compileBodyFormat: (_message, path) => {
      problems.add(path, 'no formats of bodies in this test');
      return undefined;
    },
    loadData: (_source, name) =>
      name === 'missing' ? err(`cannot read ${name}`) : ok(new TextEncoder().encode(`content of ${name}`)),
    unpack: (any, path) => unpackAny(any, path, problems),
    ...overrides,
    problems,
  };
}

function unpackAny(any: AnyMessage, path: string, problems: Problems) {
  const report = new LiteProblems(path);
  const message = unpack(any, report);
  problems.addAll(report.list);
  return message;
}

function simpleFormat(text: string): ValueFormatter {
  return {
    format: (view) =>
      text.replace(/%%|%REQ\(([^)]*)\)%/g, (found, name?: string) =>
        name === undefined ? found.slice(1) : (view.request?.get(name) ?? ''),
      ),
  };
}

/** A message from YAML; what is wrong with it fails the test. */
export function messageFromYaml<M extends { readonly $typeName: string }>(typeName: M['$typeName'], text: string): M {
  const report = new LiteProblems();
  const message = fromJson(typeName, parse(text, { merge: true }), report);
  assert.deepEqual(report.list, []);
  return message as unknown as M;
}

/** A compiled route configuration from YAML, or its problems. */
export function tryCompile(
  text: string,
  context: RouteCompileContext & { problems: Problems } = testContext(),
): RouteConfigRuntime | readonly CompileError[] {
  const message = messageFromYaml<RouteConfiguration>('envoy.config.route.v3.RouteConfiguration', text);
  const runtime = compileRouteConfig(message, '', context);
  assert.equal(runtime === undefined, context.problems.count > 0);
  return runtime ?? context.problems.list();
}

/** A compiled route configuration from YAML; problems fail the test. */
export function compileYaml(text: string, context = testContext()): RouteConfigRuntime {
  const compiled = tryCompile(text, context);
  if (!('hosts' in compiled)) assert.fail(JSON.stringify(compiled, undefined, 1));
  return compiled;
}

/** The problems of a route configuration; compiling it without any fails the test. */
export function problemsOf(text: string, context = testContext()): readonly CompileError[] {
  const compiled = tryCompile(text, context);
  if ('hosts' in compiled) assert.fail('compiled without a problem');
  return compiled;
}
