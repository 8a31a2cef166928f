/**
 * What the rules of a CustomResourceDefinition may cost by estimate. The limits and the words are those of the Kubernetes
 * API server, which refuses a definition whose rules could keep it busy.
 */
import type { CelVariables } from '@weft/cel';
import { estimateCost, product, type SizedType, sum } from '@weft/cel/cost';
import type { FieldPath, IssueReport } from '../schema/index.ts';
import type { JsonSchema } from './json-schema.ts';
import { measureSchema, mostInRequest } from './schema-sizes.ts';

/** What one rule may cost, for all values that it is run over. */
const MAX_RULE_COST = 10_000_000n;
/** What all rules of one schema may cost. */
const MAX_TOTAL_COST = 100_000_000n;
/** Rules are named as dear from this cost on, and so many of them. */
const NOTABLE_COST = MAX_TOTAL_COST / 100n;
const MAX_NAMED = 4;
const HINT =
  'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';

/** How often a node occurs in one object; undefined when no schema above it sets a bound. */
export type Cardinality = bigint | undefined;

/** How often a part of a node occurs: a bounded list multiplies what is in it. */
export function cardinalityWithin(schema: JsonSchema, cardinality: Cardinality): Cardinality {
  const { type, maxItems, maxProperties } = schema;
  const isMap = type === 'object' && schema.additionalProperties !== undefined;
  if (type !== 'array' && !isMap) return cardinality;
  const bound = isMap ? maxProperties : maxItems;
  if (bound === undefined || cardinality === undefined) return undefined;
  return product(cardinality, BigInt(Math.max(bound, 0)));
}

/** Where rules stand: what an estimate of them depends on. */
export interface CostedNode {
  readonly sizes: SizedType;
  /** How often the rules are run for one object. */
  readonly times: bigint;
}

/** The node as estimates see it; undefined for one that has no type in CEL. */
export function costedNode(schema: JsonSchema, cardinality: Cardinality, isRoot: boolean): CostedNode | undefined {
  const isResource = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  const measured = measureSchema(schema, isResource);
  return measured === undefined ? undefined : { sizes: measured.sizes, times: cardinality ?? mostInRequest(measured) };
}

/** Adds up the costs of the rules of one schema. */
export class RuleCosts {
  private readonly report: IssueReport;
  /** False when the schema was taken before: a definition must not become invalid by itself. */
  private readonly areRulesLimited: boolean;
  private total = 0n;
  /** The dearest rules, the dearest first. */
  private dearest: { readonly path: FieldPath; readonly cost: bigint }[] = [];

  constructor(report: IssueReport, areRulesLimited: boolean) {
    this.report = report;
    this.areRulesLimited = areRulesLimited;
  }

  /** Counts a rule that compiles. */
  addRule(path: FieldPath, rule: string, variables: CelVariables, { sizes, times }: CostedNode): void {
    this.add(path, 'estimated rule cost', product(estimateCost(rule, { variables, sizes }), times));
  }

  /** Counts an expression that makes a message: it is evaluated once, however often its rule is. */
  addMessage(path: FieldPath, expression: string, variables: CelVariables, { sizes }: CostedNode): void {
    this.add(path, 'estimated messageExpression cost', estimateCost(expression, { variables, sizes }));
  }

  /** Judges all rules together; `path` is where the schema stands. */
  finish(path: FieldPath): void {
    if (this.total <= MAX_TOTAL_COST) return;
    for (const { path: at } of this.dearest) {
      this.report.forbidden(
        at,
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      );
    }
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    this.report.forbidden(path, costMessage(what, this.total, MAX_TOTAL_COST));
  }

  private add(path: FieldPath, what: string, cost: bigint): void {
    if (this.areRulesLimited && cost > MAX_RULE_COST) {
      this.report.forbidden(path, costMessage(what, cost, MAX_RULE_COST));
    }
    this.total = sum(this.total, cost);
    if (cost < NOTABLE_COST) return;
    this.dearest.push({ path, cost });
    this.dearest.sort((a, b) => (a.cost === b.cost ? 0 : a.cost < b.cost ? 1 : -1));
    this.dearest.length = Math.min(this.dearest.length, MAX_NAMED);
  }
}

function costMessage(what: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit);
  // A factor of 1.0 would read as if there were nothing to mend.
  const shown = factor > 100 ? 'more than 100' : roundHalfToEven(factor, factor < 1.5 ? 6 : 1);
  return `${what} exceeds budget by factor of ${shown}x (${HINT})`;
}

/** As Go prints numbers; `toFixed` rounds a tie up. */
function roundHalfToEven(value: number, digits: number): string {
  const exact = value.toFixed(20);
  const end = exact.indexOf('.') + 1 + digits;
  const isTie = /^50*$/.test(exact.slice(end));
  const isEven = Number(exact[end - 1]) % 2 === 0;
  return isTie && isEven ? exact.slice(0, end) : value.toFixed(digits);
}
