/** The rules of x-kubernetes-validations: they must compile, and say where and why they fail in valid words. */
import { CelCompileError, type CelType } from '@weft/cel';
import { celRootTypeOf, celTypeOf, compileSchemaRule, ruleVariables, type ValidationRule } from '../cel/index.ts';
import type { FieldPath, IssueReport } from '../schema/index.ts';
import { fromOpenApi, rootFromOpenApi } from './from-openapi.ts';
import { additionalSchema, type JsonSchema } from './json-schema.ts';
import { type Cardinality, type CostedNode, cardinalityWithin, costedNode, RuleCosts } from './rule-costs.ts';

const REASONS = ['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate'];
const MAX_RULES = 1000;
const RULES = 'x-kubernetes-validations';

/**
 * Checks the rules of a whole schema, whose structure must be sound. `areCostsLimited` is false for a schema that was taken
 * before: single rules that are too dear are let be then.
 */
export function checkValidationRules(
  schema: JsonSchema,
  path: FieldPath,
  report: IssueReport,
  areCostsLimited: boolean,
): void {
  const costs = new RuleCosts(report, areCostsLimited);
  const count = checkNode(schema, { path, report, costs, uncorrelated: undefined, cardinality: 1n, isRoot: true });
  if (count > MAX_RULES) report.tooMany(path, count, MAX_RULES);
  else costs.finish(path);
}

/** Where a node stands. */
interface Place {
  readonly path: FieldPath;
  readonly report: IssueReport;
  readonly costs: RuleCosts;
  /** The list above the node whose items cannot be followed from one version of an object to the next. */
  readonly uncorrelated: FieldPath | undefined;
  readonly cardinality: Cardinality;
  readonly isRoot: boolean;
}

/** Checks a node and all below it, and returns how many rules they have. */
function checkNode(schema: JsonSchema, place: Place): number {
  const { path, report } = place;
  if (report.isFull) return 0;
  const rules = schema[RULES] ?? [];
  if (rules.length > 0) checkRules(rules, schema, place);
  let count = rules.length;
  const cardinality = cardinalityWithin(schema, place.cardinality);
  const inside = { ...place, cardinality, isRoot: false };
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    count += checkNode(member, { ...inside, path: path.child('properties').key(name) });
  }
  if (schema.items !== undefined) {
    const isFollowed = schema['x-kubernetes-list-type'] === 'map';
    const uncorrelated = isFollowed ? place.uncorrelated : (place.uncorrelated ?? path);
    count += checkNode(schema.items, { ...inside, path: path.child('items'), uncorrelated });
  }
  const additional = additionalSchema(schema);
  if (additional !== undefined) {
    count += checkNode(additional, { ...inside, path: path.child('additionalProperties') });
  }
  return count;
}

function checkRules(rules: readonly ValidationRule[], schema: JsonSchema, place: Place): void {
  const bare = withoutRules(schema);
  const type = place.isRoot ? celRootTypeOf(rootFromOpenApi(bare)) : celTypeOf(fromOpenApi(bare));
  const costed = costedNode(schema, place.cardinality, place.isRoot);
  for (const [i, rule] of rules.entries()) {
    checkRule(rule, { ...place, path: place.path.child(RULES).index(i), schema, type, costed });
  }
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

/** Where a rule stands. */
interface RulePlace extends Place {
  readonly schema: JsonSchema;
  readonly type: CelType;
  readonly costed: CostedNode | undefined;
}

function checkRule(rule: ValidationRule, place: RulePlace): void {
  const { path, report, schema, type, uncorrelated } = place;
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
    addCosts(rule, place);
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error;
    reportCompileError(rule, error, path, report);
  }
  if (usesOld && uncorrelated !== undefined) {
    report.invalid(
      path.child('rule'),
      rule.rule,
      `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated.toString()}`,
    );
  }
}

function addCosts({ rule, messageExpression, optionalOldSelf }: ValidationRule, place: RulePlace): void {
  const { path, costs, costed } = place;
  if (costed === undefined) return;
  const variables = ruleVariables(place.type, optionalOldSelf === true);
  costs.addRule(path.child('rule'), rule, variables, costed);
  if (messageExpression !== undefined) {
    costs.addMessage(path.child('messageExpression'), messageExpression, variables, costed);
  }
}

function reportCompileError(rule: ValidationRule, error: CelCompileError, path: FieldPath, report: IssueReport): void {
  if (error.message.startsWith('messageExpression ')) {
    report.invalid(path.child('messageExpression'), rule.messageExpression, error.message);
  } else if (error.message.includes('oldSelf is not used')) {
    report.invalid(path.child('optionalOldSelf'), true, error.message);
  } else report.invalid(path.child('rule'), rule.rule, `compilation failed: ${error.message}`);
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
