/** The rules of x-kubernetes-validations: they must compile, and say where and why they fail in valid words. */
import { CelCompileError, type CelType } from '@weft/cel';
import { celRootTypeOf, celTypeOf, compileSchemaRule, type ValidationRule } from '../cel/index.ts';
import type { FieldPath, IssueReport } from '../schema/index.ts';
import { fromOpenApi, rootFromOpenApi } from './from-openapi.ts';
import { additionalSchema, type JsonSchema } from './json-schema.ts';

const REASONS = ['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate'];
const MAX_RULES = 1000;
const RULES = 'x-kubernetes-validations';

/** Checks the rules of a whole schema, whose structure must be sound. */
export function checkValidationRules(schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  const count = checkNode(schema, path, report, undefined, true);
  if (count > MAX_RULES) report.tooMany(path, count, MAX_RULES);
}

/** `uncorrelated` is the list above the node whose items cannot be followed from one version of an object to the next. */
function checkNode(
  schema: JsonSchema,
  path: FieldPath,
  report: IssueReport,
  uncorrelated: FieldPath | undefined,
  isRoot: boolean,
): number {
  if (report.isFull) return 0;
  const rules = schema[RULES] ?? [];
  let count = rules.length;
  if (count > 0) {
    const bare = withoutRules(schema);
    const type = isRoot ? celRootTypeOf(rootFromOpenApi(bare)) : celTypeOf(fromOpenApi(bare));
    for (const [i, rule] of rules.entries())
      checkRule(rule, schema, type, path.child(RULES).index(i), report, uncorrelated);
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    count += checkNode(member, path.child('properties').key(name), report, uncorrelated, false);
  }
  if (schema.items !== undefined) {
    const isFollowed = schema['x-kubernetes-list-type'] === 'map';
    count += checkNode(
      schema.items,
      path.child('items'),
      report,
      isFollowed ? uncorrelated : (uncorrelated ?? path),
      false,
    );
  }
  const additional = additionalSchema(schema);
  if (additional !== undefined)
    count += checkNode(additional, path.child('additionalProperties'), report, uncorrelated, false);
  return count;
}

/** The node without any rules in it: types do not depend on rules, and wrong ones are told one by one. */
function withoutRules(schema: JsonSchema): JsonSchema {
  const { [RULES]: _, ...rest } = schema;
  const out: Record<string, unknown> = { ...rest };
  if (schema.items !== undefined) out['items'] = withoutRules(schema.items);
  const additional = additionalSchema(schema);
  if (additional !== undefined) out['additionalProperties'] = withoutRules(additional);
  if (schema.properties !== undefined) {
    out['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([name, s]) => [name, withoutRules(s)]),
    );
  }
  return out;
}

function checkRule(
  rule: ValidationRule,
  schema: JsonSchema,
  type: CelType,
  path: FieldPath,
  report: IssueReport,
  uncorrelated: FieldPath | undefined,
): void {
  if (rule.rule.trim() === '') {
    report.required(path.child('rule'), 'rule is not specified');
    return;
  }
  checkTexts(rule, path, report);
  if (rule.reason !== undefined && !REASONS.includes(rule.reason))
    report.notSupported(path.child('reason'), rule.reason, REASONS);
  if (rule.fieldPath !== undefined) checkFieldPath(rule.fieldPath, schema, path.child('fieldPath'), report);
  let usesOld = false;
  try {
    usesOld = compileSchemaRule(rule, type).isTransition === true;
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    const isMessage = error.message.startsWith('messageExpression ');
    const at = isMessage
      ? 'messageExpression'
      : error.message.includes('oldSelf is not used')
        ? 'optionalOldSelf'
        : 'rule';
    const value = isMessage ? rule.messageExpression : at === 'rule' ? rule.rule : true;
    report.invalid(
      path.child(at),
      value,
      isMessage || at !== 'rule' ? error.message : `compilation failed: ${error.message}`,
    );
  }
  if (usesOld && uncorrelated !== undefined) {
    report.invalid(
      path.child('rule'),
      rule.rule,
      `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated.toString()}`,
    );
  }
}

function checkTexts(rule: ValidationRule, path: FieldPath, report: IssueReport): void {
  const message = rule.message?.trim();
  if (message === '') report.invalid(path.child('message'), rule.message, 'message must be non-empty if specified');
  else if (message?.includes('\n') === true)
    report.invalid(path.child('message'), rule.message, 'message must not contain line breaks');
  else if (message !== undefined && message.length > 2048)
    report.invalid(
      path.child('message'),
      message.slice(0, 10),
      'message must have a maximum length of 2048 characters',
    );
  if (rule.message === undefined && rule.messageExpression === undefined && rule.rule.trim().includes('\n')) {
    report.required(path.child('message'), 'message must be specified if rule contains line breaks');
  }
  if (rule.messageExpression !== undefined && rule.messageExpression.trim() === '') {
    report.required(path.child('messageExpression'), 'messageExpression must be non-empty if specified');
  }
}

const FIELD_PATH = /^(?:\.[^.[\]]+|\['(?:[^'\\]|\\.)+'\])+$/;
const FIELD_PATH_PART = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)+)'\]/g;

/** The path must lead to a field that the node has. */
function checkFieldPath(fieldPath: string, schema: JsonSchema, path: FieldPath, report: IssueReport): void {
  if (!FIELD_PATH.test(fieldPath)) {
    report.invalid(path, fieldPath, "fieldPath must be a valid path: expected parts like .name and ['name']");
    return;
  }
  let at: JsonSchema | undefined = schema;
  for (const [, dotted, quoted] of fieldPath.matchAll(FIELD_PATH_PART)) {
    const name = dotted ?? quoted!.replace(/\\(.)/g, '$1');
    at = at.properties?.[name] ?? additionalSchema(at);
    if (at === undefined) {
      report.invalid(path, fieldPath, 'fieldPath must be a valid path: does not refer to a valid field');
      return;
    }
  }
}
