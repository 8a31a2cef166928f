import assert from 'node:assert/strict';
import type { Problems } from '../../compile/problems.ts';
import type { ConfigContext } from '../../config/config-context.ts';
import type { ExtensionCompiler } from '../../config/extension-category.ts';
import type { FormatSources } from '../../format/formatter.ts';
import type { CompileError } from '../../match/compile-error.ts';
import { compileRouteMatcher } from '../../matcher/route-matcher.ts';
import type { RouteCompileContext, RouteFilterCompiler } from '../../route/context.ts';
import { messageFromYaml, testContext } from '../../route/test-support/compile.ts';

const FORMATS: FormatSources = {
  hostname: 'here',
  environment: () => undefined,
  nowUs: () => 0,
  uuid: () => '00000000-0000-4000-8000-000000000000',
};

/** A context for filters: as that for routes, with matcher trees. */
export function filterContext(
  routeFilters: readonly RouteFilterCompiler[] = [],
): ConfigContext & { problems: Problems } {
  const context: RouteCompileContext = testContext({ routeFilters, compileMatcher: compileRouteMatcher });
  // None of these filters asks for anything else that is only there for whole configurations.
  return { ...context, formats: FORMATS } as ConfigContext & { problems: Problems };
}

/** A compiled filter from YAML; problems fail the test. */
export function compileFilter<R>(compiler: ExtensionCompiler<unknown>, text: string): R {
  const context = filterContext();
  const compiled = compiler.compile(messageFromYaml(compiler.typeName, text), '', context);
  assert.deepEqual(context.problems.list(), []);
  assert.notEqual(compiled, undefined);
  return compiled as R;
}

/** What a route says to a filter, from YAML; problems fail the test. */
export function compileForRoute<R>(compiler: RouteFilterCompiler, text: string): R {
  const context = filterContext();
  const compiled = compiler.compile(messageFromYaml(compiler.typeName, text), '', context);
  assert.deepEqual(context.problems.list(), []);
  return compiled as R;
}

/** The problems of a filter, or of what a route says to one, from YAML; compiling it without any fails the test. */
export function filterProblems(
  compiler: Pick<ExtensionCompiler<unknown>, 'typeName' | 'compile'>,
  text: string,
): readonly CompileError[] {
  const context = filterContext();
  const compiled = compiler.compile(messageFromYaml(compiler.typeName, text), 'f', context);
  assert.equal(compiled, undefined);
  assert.notEqual(context.problems.count, 0);
  return context.problems.list();
}
