/**
 * Estimates what an expression costs at most, without running it: the rules of cel-go's checker/cost.go. Costs are upper
 * bounds only, as nothing looks at the lower ones; sizes have both, since a short text can make a long one.
 */
import { codePointCount } from '../functions/standard.ts';
import type { CelType } from '../types.ts';
import { fixedSize, joinSizes, larger, MAX_AMOUNT, product, type Size, sum, UNKNOWN_SIZE } from './amounts.ts';
import { type CallCost, type CallSite, LIST_COST, MAP_COST, type Operand } from './call-site.ts';
import type { Checked, CheckedCall, CheckedComprehension, CheckedList, CheckedMap } from './checked.ts';
import { libraryCallCost } from './library-calls.ts';
import { SharedPath } from './shared-path.ts';
import { type SizedType, sizedAt } from './sized-type.ts';
import { standardCallCost } from './standard-calls.ts';

/** The sizes of what is in a list or map. */
interface EntrySize {
  readonly container: 'list' | 'map';
  readonly key: Size;
  readonly value: Size;
}

/** A name that a macro bound. */
interface Local {
  readonly path: SharedPath | undefined;
  readonly size: Size | undefined;
  readonly entry: EntrySize | undefined;
}

/** The order in which parts are looked at matters: what is learned about one is used for the next. */
export class Estimator {
  private readonly root: SizedType;
  /** Key: the name. The innermost binding is the last. Written by `bound` only. */
  private readonly locals = new Map<string, Local[]>();
  /** Written by `cost` and what it calls, like the two below. */
  private readonly paths = new Map<Checked, SharedPath | undefined>();
  private readonly sizes = new Map<Checked, Size>();
  private readonly entries = new Map<Checked, EntrySize>();

  /** `root` describes every variable: of rules, these are the value and what it was before. */
  constructor(root: SizedType) {
    this.root = root;
  }

  /** What the node costs at most. */
  cost(node: Checked): bigint {
    switch (node.kind) {
      case 'literal':
        return 0n;
      case 'name': {
        const local = this.local(node.name);
        this.paths.set(node, local === undefined ? SharedPath.of(node.name) : local.path);
        return 1n;
      }
      case 'select': {
        const operand = this.cost(node.operand);
        // Kubernetes does not charge for the question whether a member is there.
        if (node.isTest) return operand;
        this.paths.set(node, SharedPath.extend(this.pathOf(node.operand), node.field));
        return hasMembers(node.operand.type) ? sum(operand, 1n) : operand;
      }
      case 'call':
        return node.name === 'dyn' ? this.costOfDyn(node) : this.costOfCall(node);
      case 'list':
        return this.costOfList(node);
      case 'map':
        return this.costOfMap(node);
      case 'comprehension':
        return node.isBinding ? this.costOfBinding(node) : this.costOfLoop(node);
    }
  }

  /** `dyn(x)` is `x` with its type forgotten. */
  private costOfDyn(node: CheckedCall): bigint {
    const argument = node.args[0]!;
    const cost = this.cost(argument);
    this.copySizes(node, argument);
    return sum(cost, 1n);
  }

  private costOfCall(node: CheckedCall): bigint {
    const costs: bigint[] = [];
    const args: Operand[] = [];
    for (const arg of node.args) {
      costs.push(this.cost(arg));
      args.push(this.operand(arg));
    }
    const targetCost = node.target === undefined ? 0n : this.cost(node.target);
    const target = node.target === undefined ? undefined : this.operand(node.target);
    let most = 0n;
    let result: Size | undefined;
    // Which overload is meant may not be known: the dearest counts, and all results are possible.
    for (const overload of node.overloads) {
      const site: CallSite = { name: node.name, overload, target, args, itemSize: (list) => this.itemSize(list) };
      const one = this.costOfOverload(node, site, costs);
      most = larger(most, one.cost);
      if (one.result !== undefined) result = result === undefined ? one.result : joinSizes(result, one.result);
      if (overload === 'index_list' || overload === 'index_map') {
        const container = node.args[0]!;
        result = this.entryOf(container)?.value;
        const part = overload === 'index_list' ? '@items' : '@values';
        this.paths.set(node, SharedPath.extend(this.pathOf(container), part));
      }
      result ??= this.sizeOf(node);
    }
    if (result !== undefined) this.sizes.set(node, result);
    return sum(targetCost, most);
  }

  /** The cost of a call with its arguments. */
  private costOfOverload(node: CheckedCall, site: CallSite, costs: readonly bigint[]): CallCost {
    if (site.overload === 'logical') return { cost: sum(...costs) };
    if (site.overload === 'conditional') {
      const [condition, yes, no] = costs as [bigint, bigint, bigint];
      this.setEntry(node, joinEntries(this.entryOf(node.args[1]!), this.entryOf(node.args[2]!)));
      const result = joinSizes(site.args[1]!.size, site.args[2]!.size);
      return { cost: sum(condition, larger(yes, no)), result };
    }
    if (site.overload === 'add_list' || site.overload === 'add_text') {
      this.setEntry(node, joinEntries(this.entryOf(node.args[0]!), this.entryOf(node.args[1]!)));
    }
    const { cost, result } = libraryCallCost(site) ?? standardCallCost(site);
    const total = sum(cost, ...costs);
    return result === undefined ? { cost: total } : { cost: total, result };
  }

  private costOfList(node: CheckedList): bigint {
    let total = LIST_COST;
    let value = node.items.length === 0 ? fixedSize(0n) : NOTHING;
    for (const item of node.items) {
      total = sum(total, this.cost(item));
      value = joinSizes(value, this.sizeOf(item) ?? UNKNOWN_SIZE);
    }
    this.entries.set(node, { container: 'list', key: fixedSize(1n), value });
    return total;
  }

  private costOfMap(node: CheckedMap): bigint {
    let total = MAP_COST;
    let key = node.entries.length === 0 ? fixedSize(0n) : NOTHING;
    let value = key;
    for (const [k, v] of node.entries) {
      total = sum(total, this.cost(k), this.cost(v));
      key = joinSizes(key, this.sizeOf(k) ?? UNKNOWN_SIZE);
      value = joinSizes(value, this.sizeOf(v) ?? UNKNOWN_SIZE);
    }
    this.entries.set(node, { container: 'map', key, value });
    return total;
  }

  private costOfLoop(node: CheckedComprehension): bigint {
    const before = sum(this.cost(node.range), this.cost(node.start));
    const [first, second] = node.names;
    const inside = this.bound(node.accumulator, this.localFor(node.start), () => {
      const each = this.bound(first, this.firstOf(node.range, second !== undefined), () =>
        second === undefined
          ? this.costOfTurn(node)
          : this.bound(second, this.secondOf(node.range), () => this.costOfTurn(node)),
      );
      return { each, after: this.cost(node.result) };
    });
    const count = this.sizeOf(node.range) ?? UNKNOWN_SIZE;
    if (node.start.kind === 'literal') this.setSize(node, this.sizeOf(node.start));
    else if (node.start.kind === 'list' || node.start.kind === 'map') {
      this.setSize(node, count);
      this.setEntry(node, this.entryOf(node.step));
    }
    return sum(before, inside.after, product(count.max, inside.each));
  }

  private costOfTurn(node: CheckedComprehension): bigint {
    return sum(this.cost(node.condition), this.cost(node.step));
  }

  private costOfBinding(node: CheckedComprehension): bigint {
    const before = sum(this.cost(node.range), this.cost(node.start));
    const after = this.bound(node.accumulator, this.localFor(node.start), () => this.cost(node.result));
    this.copySizes(node, node.result);
    return sum(before, after);
  }

  /** What a name is that stands for an item of a list or a key of a map, or with two names for an index or a key. */
  private firstOf(range: Checked, isPair: boolean): Local {
    const entry = this.entryOf(range);
    const isList = (entry?.container ?? range.type.kind) === 'list';
    const isItem = isList && !isPair;
    const part = isItem ? '@items' : isList ? '@indices' : '@keys';
    return {
      path: SharedPath.extend(this.pathOf(range), part),
      size: isItem ? entry?.value : entry?.key,
      entry: undefined,
    };
  }

  /** What the second of two names is: an item of a list or a value of a map. */
  private secondOf(range: Checked): Local {
    const entry = this.entryOf(range);
    const isList = (entry?.container ?? range.type.kind) === 'list';
    const path = SharedPath.extend(this.pathOf(range), isList ? '@items' : '@values');
    return { path, size: entry?.value, entry: undefined };
  }

  private localFor(value: Checked): Local {
    return { path: this.pathOf(value), entry: this.entryOf(value), size: this.sizeOf(value) };
  }

  private bound<T>(name: string, local: Local, visit: () => T): T {
    const stack = this.locals.get(name) ?? [];
    this.locals.set(name, stack);
    stack.push(local);
    const result = visit();
    stack.pop();
    return result;
  }

  private local(name: string): Local | undefined {
    return this.locals.get(name)?.at(-1);
  }

  private pathOf(node: Checked): SharedPath | undefined {
    const local = node.kind === 'name' ? this.local(node.name) : undefined;
    return local === undefined ? this.paths.get(node) : local.path;
  }

  private operand(node: Checked): Operand {
    const known = this.sizeOf(node);
    return { node, type: node.type, size: known ?? UNKNOWN_SIZE, isSized: known !== undefined };
  }

  /** The size of a list's items is what the schema says; those that an expression makes are unknown here. */
  private itemSize(list: Operand): Size {
    const path = this.pathOf(list.node);
    return (path === undefined ? undefined : this.declaredSize([...path.parts(), '@items'])) ?? UNKNOWN_SIZE;
  }

  private declaredSize(path: readonly string[]): Size | undefined {
    const found = sizedAt(this.root, path);
    return found === undefined ? undefined : { min: 0n, max: BigInt(found.maxElements) };
  }

  private sizeOf(node: Checked): Size | undefined {
    const known = this.sizes.get(node) ?? literalSize(node);
    if (known !== undefined) return known;
    const path = this.pathOf(node);
    const declared = path === undefined ? undefined : this.declaredSize(path.parts());
    if (declared !== undefined) {
      this.sizes.set(node, declared);
      return declared;
    }
    if (isScalar(node.type)) return fixedSize(1n);
    return node.kind === 'name' ? this.local(node.name)?.size : undefined;
  }

  private entryOf(node: Checked): EntrySize | undefined {
    return this.entries.get(node) ?? (node.kind === 'name' ? this.local(node.name)?.entry : undefined);
  }

  private setSize(node: Checked, size: Size | undefined): void {
    if (size !== undefined) this.sizes.set(node, size);
  }

  private setEntry(node: Checked, entry: EntrySize | undefined): void {
    if (entry !== undefined) this.entries.set(node, entry);
  }

  private copySizes(to: Checked, from: Checked): void {
    this.setSize(to, this.sizeOf(from));
    this.setEntry(to, this.entryOf(from));
  }
}

/** Covers no size; what it is joined with is the result. */
const NOTHING: Size = { min: MAX_AMOUNT, max: 0n };

function joinEntries(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { container: a.container, key: joinSizes(a.key, b.key), value: joinSizes(a.value, b.value) };
}

/** The size of what is written out in the expression. */
function literalSize(node: Checked): Size | undefined {
  if (node.kind === 'list') return fixedSize(BigInt(node.items.length));
  if (node.kind === 'map') return fixedSize(BigInt(node.entries.length));
  if (node.kind !== 'literal') return undefined;
  if (typeof node.value === 'string') return fixedSize(BigInt(codePointCount(node.value)));
  return fixedSize(node.value instanceof Uint8Array ? BigInt(node.value.length) : 1n);
}

const SCALARS: ReadonlySet<CelType['kind']> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);

function isScalar(type: CelType): boolean {
  return type.kind === 'optional' ? isScalar(type.of) : SCALARS.has(type.kind);
}

function hasMembers({ kind }: CelType): boolean {
  return kind === 'object' || kind === 'map' || kind === 'quantity' || kind === 'url';
}
