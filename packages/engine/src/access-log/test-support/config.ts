import assert from 'node:assert/strict';
import { err, ok } from '@weft/core';
import { fromJson, Problems as LiteProblems } from '@weft/proto/lite';
import { parse } from 'yaml';
import type { ConfigContext } from '../../config/config-context.ts';
import { allSupport, createConfigContext } from '../../config/environment.ts';
import { prepare } from '../../config/prepare.ts';
import { SOURCES } from '../../format/test-support/stream-view.ts';
import { EMPTY_RUNTIME } from '../../match/fraction.ts';

/** A context of which one file is known: /body.txt. */
export function testContext(): ConfigContext {
  return createConfigContext({
    formats: SOURCES,
    runtime: EMPTY_RUNTIME,
    loadData: (source, name) =>
      name === '/body.txt' ? ok(new TextEncoder().encode('from a file')) : err(`${source} ${name} is not there`),
  });
}

/** What a message in YAML compiles to, or its problems, one line each. */
export function compileYaml<M extends { readonly $typeName: string }, R>(
  typeName: M['$typeName'],
  yaml: string,
  compile: (message: M, path: string, context: ConfigContext) => R | undefined,
): R | readonly string[] {
  const report = new LiteProblems();
  const message = fromJson(typeName, parse(yaml), report);
  if (message !== undefined && report.isEmpty) prepare(message, allSupport(), report);
  const context = testContext();
  context.problems.addAll(report.list);
  const compiled = report.isEmpty ? compile(message as unknown as M, 'at', context) : undefined;
  assert.equal(compiled === undefined, context.problems.count > 0);
  return compiled ?? context.problems.list().map(({ path, reason }) => `${path}: ${reason}`);
}

/** Whether compiling gave problems. */
export function isProblems<R>(result: R | readonly string[]): result is readonly string[] {
  return Array.isArray(result) && result.every((each) => typeof each === 'string');
}
