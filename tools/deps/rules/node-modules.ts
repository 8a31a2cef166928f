import { isBuiltin } from 'node:module';
import { type Rule, resolveTarget } from '../rule.ts';
import type { SourceFile, Workspace } from '../workspace.ts';
import { mayTouchGlobals } from './globals.ts';

/** Modules that open sockets, and the folders where sockets live. */
const NETWORK = new Set(['net', 'tls', 'http', 'http2', 'https', 'dgram']);
const NETWORK_FOLDERS = new Set(['transport', 'http', 'upstream', 'server', 'client']);

/** Packages that also run in a browser or must stay pure. */
const PURE_PACKAGES = new Set(['@weft/engine', '@weft/api', '@weft/cel', '@weft/telemetry']);

/** Packages for which an ES import of node:http would be too dear: it loads a second HTTP client, 12 MB for every proxy. */
const WITHOUT_HTTP_IMPORT = new Set(['@weft/proxy', '@weft/node']);

const TIMERS = new Set(['timers', 'timers/promises']);

/** Where the modules of Node itself may be used. */
export const nodeModules: Rule = {
  name: 'node-modules',
  *check(workspace) {
    for (const file of workspace.files) {
      if (file.role !== 'source') continue;
      for (const ref of file.imports) {
        const module = builtinName(workspace, file, ref.specifier);
        const message = module === undefined ? undefined : judge(file, module, ref.kind, ref.names);
        if (message !== undefined) yield { file: file.path, line: ref.line, message };
      }
    }
  },
};

function builtinName(workspace: Workspace, file: SourceFile, specifier: string): string | undefined {
  const target = resolveTarget(workspace, file, specifier);
  if (target.kind === 'node') return target.module;
  return target.kind === 'npm' && isBuiltin(target.name) ? specifier : undefined;
}

function judge(file: SourceFile, module: string, kind: string, names: readonly string[]): string | undefined {
  const { unit } = file;
  if (PURE_PACKAGES.has(unit.name)) return `imports node:${module}: ${unit.name} uses no module of Node`;
  if (module === 'http' && kind !== 'builtin' && WITHOUT_HTTP_IMPORT.has(unit.name)) {
    return `imports node:http, which costs 12 MB as an ES module: use process.getBuiltinModule('node:http')`;
  }
  if (NETWORK.has(module) && unit.level !== 'T' && !isInNetworkFolder(file)) {
    return `imports node:${module} outside the folders ${[...NETWORK_FOLDERS].join(', ')}`;
  }
  if (mayTouchGlobals(file)) return undefined;
  if (TIMERS.has(module)) return `imports node:${module}: take a Clock from @weft/core instead`;
  if (module === 'process' && names.includes('env')) return `imports the environment: take it as a parameter`;
  return undefined;
}

function isInNetworkFolder(file: SourceFile): boolean {
  const folders = file.path
    .slice(file.unit.dir.length + 1)
    .split('/')
    .slice(0, -1);
  return folders.some((folder) => NETWORK_FOLDERS.has(folder));
}
