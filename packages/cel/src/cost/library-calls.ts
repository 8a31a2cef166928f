/**
 * What the functions that Kubernetes adds to CEL cost: k8s.io/apiserver/pkg/cel/library, and the extensions of cel-go that
 * it loads. The API server promises not to change these, as they decide which definitions it takes.
 */
import type { CelType } from '../types.ts';
import { addSizes, fixedSize, MAX_AMOUNT, multiplySizes, product, type Size, scaled, sum } from './amounts.ts';
import { type CallCost, type CallRule, type CallSite, LIST_COST, type Operand, TEXT_FACTOR } from './call-site.ts';
import { reading, regexCost } from './standard-calls.ts';

/** What the libraries charge for a call; undefined when it is none of theirs. */
export function libraryCallCost(site: CallSite): CallCost | undefined {
  return BY_OVERLOAD[site.overload]?.(site) ?? BY_NAME[site.name]?.(site);
}

/** The two lists of addresses in a block: between 4 and 16 bytes each. */
const ADDRESS_BYTES = 16n;

const ofOne: CallRule = () => ({ cost: 1n });
const parsing: CallRule = ({ args: [text] }) => (text === undefined ? undefined : { cost: reading(text) });
/** A text of the same size as the one that is read. */
const rewriting: CallRule = ({ target }) =>
  target === undefined ? undefined : { cost: reading(target), result: target.size };
const parsingUrl: CallRule = ({ args: [text] }) => ({ cost: reading(text!), result: text!.size });

/** Looking at each item of a list, or at a text. */
const walking: CallRule = (site) => {
  const { target } = site;
  if (target === undefined) return undefined;
  if (target.type.kind !== 'list') return { cost: reading(target) };
  const isText = target.type.item.kind === 'string' || target.type.item.kind === 'bytes';
  const each = isText ? sum(1n, scaled(site.itemSize(target).max, TEXT_FACTOR)) : 1n;
  return { cost: product(target.size.max, each) };
};

const searching: CallRule = ({ target, args }) =>
  target === undefined
    ? undefined
    : { cost: regexCost(target.size, args[0]!.size), result: { min: 0n, max: target.size.max } };

const splitting: CallRule = ({ target, args }) => {
  if (target === undefined) return undefined;
  const limit = args[1]?.node;
  const isLimited = limit?.kind === 'literal' && typeof limit.value === 'bigint';
  // With an empty separator each character becomes an item. A limit below zero counts as the largest one.
  const max = isLimited ? BigInt.asUintN(64, limit.value as bigint) : target.size.max;
  return { cost: scaled(target.size.max, 2 * TEXT_FACTOR), result: { min: 0n, max } };
};

const joining: CallRule = (site) => {
  const { target: list, args } = site;
  if (list === undefined) return undefined;
  let size: Size = list.type.kind === 'list' ? multiplySizes(list.size, site.itemSize(list)) : fixedSize(0n);
  if (args[0] !== undefined) {
    const gaps = { min: lessOne(list.size.min), max: lessOne(list.size.max) };
    size = addSizes(size, multiplySizes(args[0].size, gaps));
  }
  return { cost: scaled(size.max, TEXT_FACTOR), result: size };
};

const replacing: CallRule = ({ target, args }) =>
  target === undefined
    ? undefined
    : {
        cost: scaled(target.size.max, 2 * TEXT_FACTOR),
        result: replacedSize(target.size, args[0]!.size, args[1]!.size),
      };

/** The longest and the shortest text that `by` in place of `part` can make. */
function replacedSize(text: Size, part: Size, by: Size): Size {
  const most = replacements(text.max, part.min, by.max <= part.min);
  const least = replacements(text.min, part.max, part.max <= by.min);
  return addSizes(multiplySizes({ min: least.count, max: most.count }, by), { min: least.kept, max: most.kept });
}

function replacements(text: bigint, part: bigint, isKept: boolean): { count: bigint; kept: bigint } {
  // An empty text is found around every character.
  if (part === 0n) return { count: text < MAX_AMOUNT ? text + 1n : text, kept: text };
  return isKept ? { count: 0n, kept: text } : { count: ceilingDivide(text, part), kept: 0n };
}

/** Divides in floating point; a quotient that is too large becomes what the processors make of it. */
function ceilingDivide(a: bigint, b: bigint): bigint {
  const quotient = Math.ceil(Number(a) / Number(b));
  return quotient >= 2 ** 64 ? 2n ** 63n : BigInt(quotient);
}

/** Comparing the bytes of a block with those of an address, which may have to be parsed first. */
function contains(extra: bigint): CallRule {
  return ({ args, overload }) => {
    const compared = scaled(2n * ADDRESS_BYTES, TEXT_FACTOR);
    const parsed = overload.endsWith(',string)') ? reading(args[0]!) : 0n;
    return { cost: sum(compared, extra, parsed) };
  };
}

const EQUAL_AT_ONCE: ReadonlySet<CelType['kind']> = new Set(['ip', 'cidr', 'quantity']);

/** Values of the libraries' own types are compared at once, URLs as texts. */
const equality: CallRule = ({ args: [left, right] }) => {
  const { kind } = left!.type;
  if (kind !== right!.type.kind) return undefined;
  if (EQUAL_AT_ONCE.has(kind)) return { cost: 1n };
  return kind === 'url' ? { cost: scaled(right!.isSized ? right!.size.max : 1n, TEXT_FACTOR) } : undefined;
};

const BY_NAME: Readonly<Record<string, CallRule>> = {
  ...rulesFor(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf'], walking),
  ...rulesFor(['lowerAscii', 'upperAscii', 'substring', 'trim'], rewriting),
  ...rulesFor(['find', 'findAll'], searching),
  ...rulesFor(['cidr', 'isIP', 'isCIDR', 'quantity', 'isQuantity'], parsing),
  ...rulesFor(['masked', 'prefixLength', 'family', 'isUnspecified', 'isLoopback'], ofOne),
  ...rulesFor(['isLinkLocalMulticast', 'isLinkLocalUnicast', 'isGlobalUnicast'], ofOne),
  ...rulesFor(['sign', 'asInteger', 'isInteger', 'asApproximateFloat', 'isGreaterThan', 'isLessThan'], ofOne),
  ...rulesFor(['compareTo', 'add', 'sub'], ofOne),
  ...rulesFor(['getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery'], ofOne),
  url: parsingUrl,
  replace: replacing,
  split: splitting,
  join: joining,
  // The address of a block is a member of it; that of a text is parsed.
  ip: (site) => (site.target === undefined ? parsing(site) : { cost: 1n }),
  'ip.isCanonical': ({ args }) => ({ cost: scaled(args[0]!.size.max, 2 * TEXT_FACTOR) }),
  containsIP: contains(0n),
  // The inner block is masked before, and its length compared.
  containsCIDR: contains(scaled(ADDRESS_BYTES, TEXT_FACTOR) + 1n),
  '_==_': equality,
};

const BY_OVERLOAD: Readonly<Record<string, CallRule>> = {
  'sets.contains(list,list)': comparingAll(1),
  'sets.intersects(list,list)': comparingAll(1),
  'sets.equivalent(list,list)': comparingAll(2),
  'slice(list,int,int)': ({ target, args: [from, to] }) => {
    const end = literalInteger(to!) ?? target!.size.max;
    return newList(1, fixedSize(BigInt.asUintN(64, end - (literalInteger(from!) ?? 0n))));
  },
  'flatten(list)': ({ target }) => newList(1, target!.size),
  'flatten(list,int)': ({ target, args }) => newList(Number(literalInteger(args[0]!) ?? MAX_AMOUNT), target!.size),
  'reverse(list)': ({ target }) => newList(1, target!.size),
  'distinct(list)': ({ target }) => newList(2, multiplySizes(target!.size, target!.size)),
  'sort(list)': ({ target }) => {
    const isText = target!.type.kind === 'list' && ['string', 'bytes'].includes(target!.type.item.kind);
    return newList(isText ? 2 + TEXT_FACTOR : 2, multiplySizes(target!.size, target!.size));
  },
};

function rulesFor(names: readonly string[], rule: CallRule): Record<string, CallRule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** Each item of one list is looked for in the other. */
function comparingAll(factor: number): CallRule {
  return ({ args }) => ({ cost: sum(scaled(product(args[0]!.size.max, args[1]!.size.max), factor), 1n) });
}

function newList(factor: number, size: Size): CallCost {
  return { cost: sum(scaled(size.max, factor), 1n, LIST_COST), result: size };
}

function literalInteger({ node }: Operand): bigint | undefined {
  return node.kind === 'literal' && typeof node.value === 'bigint' ? node.value : undefined;
}

function lessOne(amount: bigint): bigint {
  return amount > 0n ? amount - 1n : 0n;
}
