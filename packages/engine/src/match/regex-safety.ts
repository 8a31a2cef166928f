/**
 * Proves that a backtracking engine runs an expression in time linear in the text. The proof is over the position
 * automaton: where the next character always decides the next position there is nothing to go back to. Beyond that, two
 * forms of doubt are harmless: a bounded number of choices made once, and one repeated character with a bounded rest.
 */
import type { CodePointSet } from './regex-set.ts';
import type { RegexNode } from './regex-syntax.ts';

/** What is known about running the expression by backtracking. */
export interface RegexSafety {
  /** Whether an anchored match is linear. */
  readonly isLinearAnchored: boolean;
  /** Whether a search that starts at every character is linear. */
  readonly isLinearSearch: boolean;
  /** Whether a group inside a repetition could keep an older capture than JavaScript does. */
  readonly hasRepeatedCapture: boolean;
}

interface Part {
  readonly isNullable: boolean;
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** Ways through the part when every unbounded repetition counts once. */
  readonly ways: number;
}

interface Automaton {
  readonly sets: CodePointSet[];
  /** Position -> positions that may come next, with one entry for each way to get there. */
  readonly follow: number[][];
  edges: number;
  hasRepeatedCapture: boolean;
  hasCheck: boolean;
  repeatDepth: number;
}

const MAX_POSITIONS = 300;
const MAX_EDGES = 10_000;
const MAX_WAYS = 16;
const UNSAFE: RegexSafety = { isLinearAnchored: false, isLinearSearch: false, hasRepeatedCapture: true };
const EMPTY: Part = { isNullable: true, first: [], last: [], ways: 1 };
/** Thrown inside this file only: too large or of a shape that is not proven. */
const GIVE_UP = Symbol('give up');

/** Judges an expression; whatever is too large to judge is unsafe. */
export function analyzeRegex(node: RegexNode): RegexSafety {
  const auto: Automaton = {
    sets: [],
    follow: [],
    edges: 0,
    hasRepeatedCapture: false,
    hasCheck: false,
    repeatDepth: 0,
  };
  try {
    return judge(auto, build(auto, node), beginsAnchored(node));
  } catch (thrown) {
    if (thrown === GIVE_UP) return UNSAFE;
    throw thrown;
  }
}

function judge(auto: Automaton, whole: Part, isAnchored: boolean): RegexSafety {
  const reach = auto.follow.map((_, position) => reachable(auto, position));
  const isCyclic = (position: number): boolean => reach[position]!.has(position);
  const doubts: number[] = [];
  for (let position = 0; position < auto.follow.length; position += 1) {
    if (overlaps(auto, auto.follow[position]!)) doubts.push(position);
  }
  const hasBranching = overlaps(auto, whole.first) || doubts.some((position) => !isCyclic(position));
  const loops = doubts.filter(isCyclic);
  const harmless = loops.length === 0 || (loops.length === 1 && isHarmlessLoop(auto, loops[0]!, reach, isCyclic));
  const isLinear = harmless && (!hasBranching || whole.ways <= MAX_WAYS);
  const endsInLoops = reach.every((next, position) => !isCyclic(position) || next.size === 1);
  const isLoopFree = !reach.some((_, position) => isCyclic(position));
  const isShort = whole.ways <= MAX_WAYS;
  return {
    isLinearAnchored: isLinear,
    isLinearSearch: isLinear && (isAnchored || (isShort && (isLoopFree || (endsInLoops && !auto.hasCheck)))),
    hasRepeatedCapture: auto.hasRepeatedCapture,
  };
}

/** A loop over one character after which only a bounded text can follow. */
function isHarmlessLoop(
  auto: Automaton,
  position: number,
  reach: readonly ReadonlySet<number>[],
  isCyclic: (position: number) => boolean,
): boolean {
  if (auto.follow[position]!.filter((next) => next === position).length !== 1) return false;
  for (const next of reach[position]!) {
    if (next !== position && isCyclic(next)) return false;
  }
  return true;
}

function reachable(auto: Automaton, from: number): Set<number> {
  const seen = new Set<number>();
  const open = [...auto.follow[from]!];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...auto.follow[next]!);
  }
  return seen;
}

/** Whether one character may lead to two of these positions. */
function overlaps(auto: Automaton, positions: readonly number[]): boolean {
  const ranges: [number, number][] = [];
  for (const position of positions) {
    const set = auto.sets[position]!;
    for (let i = 0; i < set.length; i += 2) ranges.push([set[i]!, set[i + 1]!]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  return ranges.some((range, i) => i > 0 && range[0] <= ranges[i - 1]![1]);
}

function beginsAnchored(node: RegexNode): boolean {
  if (node.kind === 'begin') return true;
  return node.kind === 'sequence' && node.items.length > 0 && beginsAnchored(node.items[0]!);
}

function build(auto: Automaton, node: RegexNode): Part {
  switch (node.kind) {
    case 'set':
      return buildSet(auto, node.set);
    case 'begin':
    case 'end':
    case 'boundary':
      // A `^` with nothing before it fails at once; behind a loop it fails when the loop has run.
      if (node.kind !== 'begin' || auto.sets.length > 0) auto.hasCheck = true;
      return EMPTY;
    case 'sequence':
      return node.items.reduce<Part>((part, item) => join(auto, part, build(auto, item)), EMPTY);
    case 'choice':
      return node.items.map((item) => build(auto, item)).reduce(either);
    case 'capture':
      if (auto.repeatDepth > 0) auto.hasRepeatedCapture = true;
      return build(auto, node.body);
    case 'repeat':
      return buildRepeat(auto, node);
  }
}

function buildSet(auto: Automaton, set: CodePointSet): Part {
  const position = auto.sets.length;
  if (position >= MAX_POSITIONS) throw GIVE_UP;
  auto.sets.push(set);
  auto.follow.push([]);
  return { isNullable: false, first: [position], last: [position], ways: 1 };
}

function either(a: Part, b: Part): Part {
  return {
    isNullable: a.isNullable || b.isNullable,
    first: [...a.first, ...b.first],
    last: [...a.last, ...b.last],
    ways: a.ways + b.ways,
  };
}

function join(auto: Automaton, a: Part, b: Part): Part {
  link(auto, a.last, b.first);
  return {
    isNullable: a.isNullable && b.isNullable,
    first: a.isNullable ? [...a.first, ...b.first] : a.first,
    last: b.isNullable ? [...a.last, ...b.last] : b.last,
    ways: a.ways * b.ways,
  };
}

function link(auto: Automaton, from: readonly number[], to: readonly number[]): void {
  auto.edges += from.length * to.length;
  if (auto.edges > MAX_EDGES) throw GIVE_UP;
  for (const position of from) auto.follow[position]!.push(...to);
}

/** A counted repetition is written out, as each turn is a place of its own; a body that can be empty is not ours to prove. */
function buildRepeat(auto: Automaton, node: RegexNode & { kind: 'repeat' }): Part {
  auto.repeatDepth += 1;
  const isUnbounded = node.max === Number.POSITIVE_INFINITY;
  const copies = isUnbounded ? Math.max(node.min, 1) : node.max;
  let whole = EMPTY;
  let last = EMPTY;
  for (let turn = 0; turn < copies; turn += 1) {
    last = build(auto, node.body);
    if (last.isNullable) throw GIVE_UP;
    const isOptional = turn >= node.min;
    whole = join(auto, whole, isOptional ? { ...last, isNullable: true, ways: last.ways + 1 } : last);
  }
  if (isUnbounded) {
    link(auto, last.last, last.first);
    whole = { ...whole, ways: whole.ways === last.ways + 1 ? last.ways : whole.ways };
  }
  auto.repeatDepth -= 1;
  return whole;
}
