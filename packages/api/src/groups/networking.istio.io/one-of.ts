/** "At most one of these members", as the kinds say it of their unions. */
import type { SchemaAssertion, SchemaRule } from '../../schema/index.ts';

/** A rule that at most one of `names` is set. */
export function atMostOneOf(...names: string[]): SchemaRule<object> {
  const list = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return {
    message: (self) => `only one of ${list} may be set, found ${presentOf(self, names).join(' and ')}`,
    check: (self) => {
      let count = 0;
      for (const name of names) if (Object.hasOwn(self, name)) count++;
      return count <= 1;
    },
    assertion: { oneOf: [{ not: { anyOf: names.map(having) } }, ...names.map(having)] },
  };
}

function having(name: string): SchemaAssertion {
  return { required: [name] };
}

function presentOf(self: object, names: readonly string[]): string[] {
  return names.filter((name) => Object.hasOwn(self, name));
}
