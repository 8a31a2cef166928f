import type { CommandEntry, CommandGroup } from '../framework/command.ts';
import type { CommandTree } from '../framework/tree.ts';

/** Every command, in the order in which help shows them. Adding one is one file and one line here. */
const entries: readonly CommandEntry[] = [
  { path: 'apiserver', summary: 'run a Kubernetes-style API without a cluster', load: () => import('./apiserver.ts') },
  { path: 'proxy', summary: 'run the proxy from an Envoy bootstrap', load: () => import('./proxy.ts') },
  { path: 'validate', summary: 'check manifests as the API server would', load: () => import('./validate.ts') },
  { path: 'kube-inject', summary: 'add sidecars to the pods in manifests', load: () => import('./kube-inject.ts') },
  { path: 'api-resources', summary: 'list the kinds that Weft knows', load: () => import('./api-resources.ts') },
  { path: 'explain', summary: 'explain a kind or one of its fields', load: () => import('./explain.ts') },
  { path: 'version', summary: 'print the version of weft and of what it runs on', load: () => import('./version.ts') },
  { path: 'doc', summary: 'explain an error code', load: () => import('./doc.ts') },
  {
    path: 'x check-inject',
    summary: 'tell why pods of a workload are injected, or not',
    load: () => import('./x/check-inject.ts'),
  },
  {
    path: 'x injector list',
    summary: 'list injectors and the namespaces they have',
    load: () => import('./x/injector/list.ts'),
  },
  { path: 'completion', summary: 'print a completion script for your shell', load: () => import('./completion.ts') },
];

/** Nouns that group commands. */
const groups: readonly CommandGroup[] = [
  { path: 'x', summary: 'commands that may still change' },
  { path: 'x injector', summary: 'look at what injects sidecars' },
];

/** All commands of `weft`. */
export const commandTree: CommandTree = { entries, groups };
