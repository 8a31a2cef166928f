/** The calls of CEL itself that cost more than one, as cel-go's checker counts them. */
import { addSizes, fixedSize, product, type Size, scaled, smaller } from './amounts.ts';
import { type CallCost, type CallRule, type CallSite, type Operand, REGEX_FACTOR, TEXT_FACTOR } from './call-site.ts';

/** What the standard library charges for a call. */
export function standardCallCost(site: CallSite): CallCost {
  return RULES[site.overload]?.(site) ?? { cost: 1n };
}

const ONE = fixedSize(1n);

const byFirstArgument: CallRule = ({ args }) => ({ cost: reading(args[0]!) });

const RULES: Readonly<Record<string, CallRule>> = {
  'format(string,list)': ({ target }) => (target === undefined ? undefined : { cost: reading(target) }),
  // A character may become four bytes; like cel-go's, these sizes wrap around when they are unknown.
  'bytes(string)': ({ args: [text] }) => ({
    cost: reading(text!),
    result: { min: text!.size.min, max: wrapped(text!.size.max * 4n) },
  }),
  'string(bytes)': ({ args: [bytes] }) => ({
    cost: reading(bytes!),
    result: { min: bytes!.size.min / 4n, max: bytes!.size.max },
  }),
  'strings.quote(string)': ({ args: [text] }) => ({
    cost: reading(text!),
    result: { min: wrapped(text!.size.min + 2n), max: wrapped(text!.size.max * 2n + 2n) },
  }),
  'startsWith(string,string)': byFirstArgument,
  'endsWith(string,string)': byFirstArgument,
  in_list: ({ args }) => ({ cost: args[1]!.size.max }),
  'matches(string,string)': ({ target, args }) =>
    target === undefined ? undefined : { cost: regexCost(target.size, args[0]!.size) },
  'contains(string,string)': ({ target, args }) =>
    target === undefined ? undefined : { cost: product(reading(target), reading(args[0]!)) },
  add_list: ({ args }) => ({ cost: 1n, result: joined(args) }),
  add_text: ({ args }) => ({ cost: scaled(joined(args).max, TEXT_FACTOR), result: joined(args) }),
  text_order: ({ args }) => ({ cost: comparing(args) }),
  equality: ({ args }) => ({ cost: comparing(args) }),
};

/** Searching a text by an expression; the empty text counts too, as the expression may still be dear. */
export function regexCost(text: Size, pattern: Size): bigint {
  return product(scaled(addSizes(text, ONE).max, TEXT_FACTOR), scaled(pattern.max, REGEX_FACTOR));
}

/** Reading a text once. */
export function reading(operand: Operand): bigint {
  return scaled(operand.size.max, TEXT_FACTOR);
}

/** The comparison ends with the shorter one. */
function comparing([left, right]: readonly Operand[]): bigint {
  return scaled(smaller(left!.size.max, right!.size.max), TEXT_FACTOR);
}

function joined([left, right]: readonly Operand[]): Size {
  return addSizes(left!.size, right!.size);
}

function wrapped(amount: bigint): bigint {
  return BigInt.asUintN(64, amount);
}
