import { type Rule, resolveTarget, type Violation } from '../rule.ts';
import type { Workspace } from '../workspace.ts';

interface Edge {
  readonly to: string;
  readonly line: number;
  readonly file: string;
}

type Graph = Map<string, Edge[]>;

/** No import cycles, neither among the files of a package nor among packages; type-only imports count too. */
export const cycles: Rule = {
  name: 'cycles',
  *check(workspace) {
    yield* report(fileGraph(workspace), 'import cycle');
    yield* report(packageGraph(workspace), 'package cycle');
  },
};

function fileGraph(workspace: Workspace): Graph {
  const graph: Graph = new Map();
  const known = new Set(workspace.files.map((file) => file.path));
  for (const file of workspace.files) {
    const edges: Edge[] = [];
    for (const { specifier, line } of file.imports) {
      const target = resolveTarget(workspace, file, specifier);
      if (target.kind === 'file' && known.has(target.path)) edges.push({ to: target.path, line, file: file.path });
    }
    graph.set(file.path, edges);
  }
  return graph;
}

/** Only what ships counts: test support imports the packages whose tests import it. */
function packageGraph(workspace: Workspace): Graph {
  const graph: Graph = new Map();
  for (const unit of workspace.units.values()) graph.set(unit.name, []);
  for (const file of workspace.files) {
    if (file.role !== 'source') continue;
    for (const { specifier, line } of file.imports) {
      const target = resolveTarget(workspace, file, specifier);
      if (target.kind !== 'unit' || target.unit === file.unit) continue;
      graph.get(file.unit.name)?.push({ to: target.unit.name, line, file: file.path });
    }
  }
  return graph;
}

/** One violation for every strongly connected group, shown as one shortest cycle through its first member. */
function* report(graph: Graph, label: string): Generator<Violation> {
  for (const group of components(graph)) {
    const members = new Set(group);
    const start = [...group].sort()[0]!;
    const trail = shortestCycle(graph, start, members);
    if (trail === undefined) continue;
    const names = [start, ...trail.map((edge) => edge.to)];
    yield { file: trail[0]!.file, line: trail[0]!.line, message: `${label}: ${names.join(' → ')}` };
  }
}

function shortestCycle(graph: Graph, start: string, members: ReadonlySet<string>): Edge[] | undefined {
  const cameBy = new Map<string, Edge & { readonly from: string }>();
  const queue = [start];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const edge of graph.get(at) ?? []) {
      if (edge.to === start) {
        const trail: Edge[] = [edge];
        for (let step = cameBy.get(at); step !== undefined; step = cameBy.get(step.from)) trail.unshift(step);
        return trail;
      }
      if (!members.has(edge.to) || cameBy.has(edge.to)) continue;
      cameBy.set(edge.to, { ...edge, from: at });
      queue.push(edge.to);
    }
  }
  return undefined;
}

/** Strongly connected components (Tarjan), iterative so that a long import chain cannot exhaust the stack. */
function components(graph: Graph): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const found: string[][] = [];
  const enter = (name: string) => {
    order.set(name, order.size);
    low.set(name, order.get(name)!);
    stack.push(name);
    onStack.add(name);
    return { name, next: 0 };
  };
  for (const root of graph.keys()) {
    if (order.has(root)) continue;
    const path = [enter(root)];
    for (let frame = path.at(-1); frame !== undefined; frame = path.at(-1)) {
      const { name } = frame;
      const edge = graph.get(name)?.[frame.next++];
      if (edge !== undefined) {
        if (!order.has(edge.to)) path.push(enter(edge.to));
        else if (onStack.has(edge.to)) low.set(name, Math.min(low.get(name)!, order.get(edge.to)!));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent !== undefined) low.set(parent.name, Math.min(low.get(parent.name)!, low.get(name)!));
      if (low.get(name) === order.get(name)) found.push(popGroup(stack, onStack, name));
    }
  }
  return found;
}

function popGroup(stack: string[], onStack: Set<string>, until: string): string[] {
  const group: string[] = [];
  for (;;) {
    const name = stack.pop()!;
    onStack.delete(name);
    group.push(name);
    if (name === until) return group;
  }
}
