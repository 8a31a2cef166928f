/** Match conditions: CEL expressions that must all hold for a webhook to be asked. */
import { type ApiObject, type FieldIssue, isPlainObject } from '@weft/api';
import { CelCompileError, type CelProgram, compileCel, dynVariables } from '@weft/cel';
import { thrownMessage } from '@weft/core';
import { invalid } from '../../../shared/api-errors.ts';
import { kinds } from '../../kinds.ts';
import { plainText } from '../../plain-text.ts';
import type { AdmissionRequest, ValidatingPlugin } from '../types.ts';

/** One condition; its program is the reason when the expression is none. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
  readonly program: CelProgram | CelCompileError;
}

/** What match conditions may speak of. */
const VARIABLES = dynVariables('object', 'oldObject', 'request');

/** Compiles the conditions of a webhook. */
export function compileConditions(given: unknown): readonly MatchCondition[] {
  return (Array.isArray(given) ? given : []).filter(isPlainObject).map((condition) => {
    const expression = plainText(condition['expression']);
    return { name: plainText(condition['name']), expression, program: compileOne(expression) };
  });
}

function compileOne(expression: string): CelProgram | CelCompileError {
  try {
    return compileCel(expression, { variables: VARIABLES, result: 'bool' });
  } catch (error: unknown) {
    if (error instanceof CelCompileError) return error;
    throw error;
  }
}

/**
 * Whether all conditions hold for a review's request. One that does not hold decides, whatever happens to the others;
 * otherwise one that cannot be evaluated throws.
 */
export function conditionsHold(conditions: readonly MatchCondition[], request: Record<string, unknown>): boolean {
  if (conditions.length === 0) return true;
  const { object, oldObject, ...rest } = request;
  let problem: string | undefined;
  for (const { name, program } of conditions) {
    try {
      if (program instanceof CelCompileError) throw program;
      if (program.evaluate({ object, oldObject, request: rest }) !== true) return false;
    } catch (error: unknown) {
      problem ??= `matchCondition ${JSON.stringify(name)} cannot be evaluated: ${thrownMessage(error)}`;
    }
  }
  if (problem !== undefined) throw new Error(problem);
  return true;
}

const CONFIGURATIONS: ReadonlySet<unknown> = new Set([
  kinds.mutatingWebhookConfiguration,
  kinds.validatingWebhookConfiguration,
]);

/** Refuses configurations whose conditions are no expressions: the webhook could not be asked, and nobody would know. */
export const webhookConditions: ValidatingPlugin = {
  name: 'WebhookConditions',
  handles: ({ info, operation }) => operation !== 'DELETE' && CONFIGURATIONS.has(info.kind),
  validate({ object, info, name }: AdmissionRequest): void {
    const issues = [...issuesOf(object!)];
    if (issues.length > 0) throw invalid(info.kind, name, issues);
  },
};

function* issuesOf(configuration: ApiObject): Iterable<FieldIssue> {
  const webhooks = Array.isArray(configuration['webhooks']) ? configuration['webhooks'] : [];
  for (const [i, webhook] of webhooks.filter(isPlainObject).entries()) {
    for (const [j, { expression, program }] of compileConditions(webhook['matchConditions']).entries()) {
      if (!(program instanceof CelCompileError)) continue;
      const field = `webhooks[${i}].matchConditions[${j}].expression`;
      yield { kind: 'invalid', field, value: expression, detail: `compilation failed: ${program.message}` };
    }
  }
}
