/** Label selectors: what `kubectl get -l` sends and what `spec.selector` of many kinds holds, compiled to one matcher. */
import { labelValueProblems, qualifiedNameProblems } from '@weft/api';
import { badRequest } from './api-errors.ts';
import { goQuote } from './go-quote.ts';
import type { LabelOperator, LabelRequirement } from './label-requirement.ts';
import { parseRequirements } from './label-selector-parser.ts';

/** A selector as objects hold it. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** The labels of an object. */
export type Labels = Readonly<Record<string, string>>;

type Test = (labels: Labels) => boolean;

const MAX_SELECTOR_CHARS = 65_536;

const OBJECT_OPERATORS: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** A compiled label selector. Immutable. */
export class LabelSelector {
  /** Selects every object. */
  static readonly everything: LabelSelector = new LabelSelector([]);
  /** Selects no object, as an absent `LabelSelector` object does. */
  static readonly nothing: LabelSelector = new LabelSelector([], true);

  readonly requirements: readonly LabelRequirement[];
  readonly #tests: readonly Test[];
  readonly #matchesNothing: boolean;

  constructor(requirements: readonly LabelRequirement[], matchesNothing = false) {
    // The order of conditions carries no meaning; sorting gives equal selectors equal texts.
    this.requirements = requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.#tests = this.requirements.map(compile);
    this.#matchesNothing = matchesNothing;
  }

  /** Tells whether every object is selected. */
  get isEverything(): boolean {
    return !this.#matchesNothing && this.requirements.length === 0;
  }

  /** Tells whether an object with these labels is selected. */
  matches(labels: Labels | undefined): boolean {
    if (this.#matchesNothing) return false;
    const given = labels ?? NO_LABELS;
    for (const test of this.#tests) if (!test(given)) return false;
    return true;
  }

  /** The string form, which `parseLabelSelector` reads back. */
  toString(): string {
    return this.requirements.map(formatRequirement).join(',');
  }
}

/** Reads the string form, `app=web,tier in (a,b),!legacy`; refuses with 400 what cannot be read. */
export function parseLabelSelector(text: string): LabelSelector {
  if (text.length > MAX_SELECTOR_CHARS) {
    throw badRequest(`label selector of ${text.length} characters is too long, at most ${MAX_SELECTOR_CHARS} are read`);
  }
  const requirements = parseRequirements(text, checkRequirement);
  return requirements.length === 0 ? LabelSelector.everything : new LabelSelector(requirements);
}

/** Compiles the object form: absent selects nothing, empty selects everything. */
export function labelSelectorOf(object: LabelSelectorObject | undefined | null): LabelSelector {
  if (object === undefined || object === null) return LabelSelector.nothing;
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(object.matchLabels ?? {})) {
    requirements.push(checkRequirement({ key, operator: '=', values: [value] }));
  }
  for (const { key, operator, values } of object.matchExpressions ?? []) {
    const known = Object.hasOwn(OBJECT_OPERATORS, operator) ? OBJECT_OPERATORS[operator] : undefined;
    if (known === undefined) throw badRequest(`${goQuote(operator)} is not a valid label selector operator`);
    requirements.push(checkRequirement({ key, operator: known, values: [...new Set(values)].sort() }));
  }
  return requirements.length === 0 ? LabelSelector.everything : new LabelSelector(requirements);
}

/** The selector of a plain map of labels, as services and replication controllers have it. */
export function labelSelectorOfMap(labels: Labels | undefined): LabelSelector {
  return labelSelectorOf(labels === undefined ? undefined : { matchLabels: labels });
}

const NO_LABELS: Labels = Object.freeze({});

/** Checks one condition; the texts are those of the API server. */
function checkRequirement(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const problems: string[] = [];
  const keyProblems = qualifiedNameProblems(key);
  if (keyProblems.length > 0) problems.push(`key: Invalid value: ${goQuote(key)}: ${keyProblems.join('; ')}`);
  const wrongCount = countProblem(operator, values.length);
  if (wrongCount !== undefined) problems.push(`values: Invalid value: ${showValues(values)}: ${wrongCount}`);
  for (const [i, value] of values.entries()) {
    if ((operator === 'gt' || operator === 'lt') && parseInt64(value) === undefined) {
      problems.push(
        `values[${i}]: Invalid value: ${goQuote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const valueProblems = labelValueProblems(value);
    if (valueProblems.length > 0) {
      problems.push(`values[${i}][${key}]: Invalid value: ${goQuote(value)}: ${valueProblems.join('; ')}`);
    }
  }
  if (problems.length === 0) return requirement;
  throw badRequest(problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`);
}

function countProblem(operator: LabelOperator, count: number): string | undefined {
  switch (operator) {
    case 'in':
    case 'notin':
      return count === 0 ? "for 'in', 'notin' operators, values set can't be empty" : undefined;
    case 'exists':
    case '!':
      return count === 0 ? undefined : 'values set must be empty for exists and does not exist';
    case 'gt':
    case 'lt':
      return count === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required";
    case '=':
    case '==':
    case '!=':
      return count === 1 ? undefined : 'exact-match compatibility requires one single value';
  }
}

function showValues(values: readonly string[]): string {
  return `[${values.map(goQuote).join(',')}]`;
}

function compile(requirement: LabelRequirement): Test {
  const { key, operator, values } = requirement;
  const [first = ''] = values;
  switch (operator) {
    case '=':
    case '==':
      return (labels) => labelOf(labels, key) === first;
    case '!=':
      return (labels) => labelOf(labels, key) !== first;
    case 'in':
      return (labels) => {
        const value = labelOf(labels, key);
        return value !== undefined && values.includes(value);
      };
    case 'notin':
      return (labels) => {
        const value = labelOf(labels, key);
        return value === undefined || !values.includes(value);
      };
    case 'exists':
      return (labels) => labelOf(labels, key) !== undefined;
    case '!':
      return (labels) => labelOf(labels, key) === undefined;
    case 'gt':
    case 'lt': {
      const bound = parseInt64(first);
      return (labels) => {
        const value = parseInt64(labelOf(labels, key) ?? '');
        if (value === undefined || bound === undefined) return false;
        return operator === 'gt' ? value > bound : value < bound;
      };
    }
  }
}

/** Own members only: a label may be called `constructor`. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
    case '=':
    case '==':
    case '!=':
      return `${key}${operator}${values[0]}`;
  }
}
