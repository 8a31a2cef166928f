/** Says why a value is not allowed, in the words of protoc-gen-validate, or nothing if it is. */
export type Check = (value: unknown) => string | undefined;

/** The rules of one kind for a value, by name as in validate.proto. */
export interface RuleSet {
  readonly [rule: string]: unknown;
}

/** Reports the first reason that any of the checks has. */
export function firstOf(checks: readonly Check[]): Check {
  if (checks.length === 1) return checks[0]!;
  return (value) => {
    for (const check of checks) {
      const reason = check(value);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

/** The checks for every rule of a set; `makers` has those of its kind, each with the whole set at hand. */
export function checksOf(kind: string, rules: RuleSet, makers: { readonly [rule: string]: CheckMaker }): Check[] {
  return Object.entries(rules).flatMap(([rule, argument]) => {
    const make = Object.hasOwn(makers, rule) ? makers[rule] : undefined;
    // A rule that nobody checks would be worse than one that is missing.
    if (make === undefined) throw new Error(`the validation rule ${kind}.${rule} is not implemented`);
    return make(argument, rules) ?? [];
  });
}

/** Makes the check of a rule from its argument; nothing if another rule of the set covers it. */
export type CheckMaker = (argument: unknown, rules: RuleSet) => Check | undefined;

/** Checks that a size is in the bounds, of which one may be missing; the words differ with both. */
export function sizeCheck(
  sizeOf: (value: unknown) => number,
  least: unknown,
  most: unknown,
  words: {
    readonly least: (n: string) => string;
    readonly most: (n: string) => string;
    readonly both: (a: string, b: string) => string;
  },
): Check {
  const min = least === undefined ? 0 : Number(least);
  const max = most === undefined ? Number.POSITIVE_INFINITY : Number(most);
  let reason: string;
  if (most === undefined) reason = words.least(String(min));
  else reason = least === undefined ? words.most(String(max)) : words.both(String(min), String(max));
  return (value) => {
    const size = sizeOf(value);
    return size < min || size > max ? reason : undefined;
  };
}
