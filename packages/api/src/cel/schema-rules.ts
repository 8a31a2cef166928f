/** `x-kubernetes-validations`: CEL rules of user-defined kinds as rules of schemas. */
import {
  CelCompileError,
  CelError,
  CelLimitError,
  CelOptional,
  type CelProgram,
  type CelType,
  type CelVariables,
  compileCel,
  optionalOf,
  toCel,
  type WorkBudget,
} from '@weft/cel';
import type { SchemaRule } from '../schema/index.ts';

/** A rule as a CustomResourceDefinition writes it. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

const REASONS: Readonly<Record<string, NonNullable<SchemaRule['reason']>>> = {
  FieldValueInvalid: 'invalid',
  FieldValueForbidden: 'forbidden',
  FieldValueRequired: 'required',
  FieldValueDuplicate: 'duplicate',
};
const MAX_MESSAGE_BYTES = 5120;
const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';

/** The variables of a rule, for each type that rules are written for; one object each, so that programs are found again. */
const variablesOfType = new WeakMap<CelType, { required: CelVariables; optional: CelVariables }>();

/** The variables of rules over values of a type. */
export function ruleVariables(self: CelType, isOptional: boolean): CelVariables {
  let variables = variablesOfType.get(self);
  if (variables === undefined) {
    variables = { required: { self, oldSelf: self }, optional: { self, oldSelf: optionalOf(self) } };
    variablesOfType.set(self, variables);
  }
  return isOptional ? variables.optional : variables.required;
}

/** Compiles a rule for values of a type; throws a `CelCompileError` when it is not valid. */
export function compileSchemaRule(spec: ValidationRule, self: CelType): SchemaRule {
  const isOptional = spec.optionalOldSelf === true;
  const variables = ruleVariables(self, isOptional);
  const program = compileCel(spec.rule, { variables, result: 'bool', isStrict: true });
  const message = spec.messageExpression === undefined ? undefined : compileMessage(spec.messageExpression, variables);
  const usesOld = program.uses.has('oldSelf');
  if (isOptional && !usesOld) {
    throw new CelCompileError('may not be set if oldSelf is not used in rule');
  }
  const values = (value: unknown, old: unknown): Record<string, unknown> => ({
    self: value,
    oldSelf: isOptional ? optionalOld(old, self) : old,
  });
  return {
    cel: spec.rule,
    source: { ...spec },
    isTransition: usesOld && !isOptional,
    ...(spec.fieldPath === undefined ? {} : { fieldPath: spec.fieldPath }),
    ...(spec.reason === undefined ? {} : { reason: REASONS[spec.reason] ?? 'invalid' }),
    check: (value, old, work) => judge(program, values(value, old), work) === undefined,
    message: (value, old, work) => {
      const error = judge(program, values(value, old), work);
      if (error !== undefined && error !== false) return failureText(error, spec);
      return (
        (message === undefined ? undefined : messageText(message, values(value, old), work)) ?? defaultMessage(spec)
      );
    },
  };
}

function compileMessage(expression: string, variables: CelVariables): CelProgram {
  try {
    return compileCel(expression, { variables, result: 'string', isStrict: true });
  } catch (error) {
    if (error instanceof CelCompileError)
      throw new CelCompileError(`messageExpression compilation failed: ${error.message}`);
    throw error;
  }
}

function optionalOld(old: unknown, self: CelType): CelOptional {
  return old === undefined ? CelOptional.none : CelOptional.of(toCel(old, self));
}

/** Undefined when the rule holds, false when it does not, and the error when that cannot be told. */
function judge(
  program: CelProgram,
  values: Record<string, unknown>,
  work: WorkBudget | undefined,
): false | CelError | undefined {
  if (work !== undefined && work.left <= 0) return new CelLimitError(true);
  try {
    return program.evaluate(values, work) === true ? undefined : false;
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** An evaluation that fails is a rule that fails; the words are those of the API server. */
function failureText(error: CelError, spec: ValidationRule): string {
  const rule = (spec.message ?? spec.rule).trim();
  if (error instanceof CelLimitError) {
    if (error.isTotal) return OUT_OF_BUDGET;
    return `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`;
  }
  if (error.message.startsWith('no such overload')) {
    return `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${rule}`;
  }
  return `${error.message} evaluating rule: ${rule}`;
}

/** The message that an expression makes; undefined when it makes none that can be shown. */
function messageText(
  program: CelProgram,
  values: Record<string, unknown>,
  work: WorkBudget | undefined,
): string | undefined {
  try {
    const text = program.evaluate(values, work);
    const trimmed = typeof text === 'string' ? text.trim() : '';
    return trimmed === '' || trimmed.length > MAX_MESSAGE_BYTES || trimmed.includes('\n') ? undefined : trimmed;
  } catch (error) {
    if (error instanceof CelError) return undefined;
    throw error;
  }
}

function defaultMessage(spec: ValidationRule): string {
  const message = (spec.message ?? '').trim();
  return message === '' ? `failed rule: ${spec.rule.trim()}` : message;
}
