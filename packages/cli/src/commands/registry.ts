import type { CommandEntry, CommandGroup } from '../framework/command.ts';
import type { CommandTree } from '../framework/tree.ts';

/** Every command, in the order in which help shows them. Adding one is one file and one line here. */
const entries: readonly CommandEntry[] = [
  { path: 'apiserver', summary: 'run a Kubernetes-style API without a cluster', load: () => import('./apiserver.ts') },
  { path: 'control', summary: 'run the control plane of a mesh', load: () => import('./control.ts') },
  { path: 'proxy', summary: 'run the proxy from an Envoy bootstrap', load: () => import('./proxy.ts') },
  {
    path: 'proxy-status',
    aliases: ['ps'],
    summary: 'show which proxies run what the control plane says',
    load: () => import('./proxy-status.ts'),
  },
  { path: 'wait', summary: 'wait until an object is in effect on all proxies', load: () => import('./wait.ts') },
  {
    path: 'proxy-config listener',
    aliases: ['listeners', 'l'],
    summary: 'show where a proxy listens',
    load: () => import('./proxy-config/listener.ts'),
  },
  {
    path: 'proxy-config route',
    aliases: ['routes', 'r'],
    summary: 'show the routes of a proxy',
    load: () => import('./proxy-config/route.ts'),
  },
  {
    path: 'proxy-config cluster',
    aliases: ['clusters', 'c'],
    summary: 'show what a proxy can send to',
    load: () => import('./proxy-config/cluster.ts'),
  },
  {
    path: 'proxy-config endpoint',
    aliases: ['endpoints', 'ep'],
    summary: 'show the endpoints of a proxy and their health',
    load: () => import('./proxy-config/endpoint.ts'),
  },
  {
    path: 'proxy-config secret',
    aliases: ['secrets', 's'],
    summary: 'show the certificates of a proxy',
    load: () => import('./proxy-config/secret.ts'),
  },
  {
    path: 'proxy-config bootstrap',
    aliases: ['b'],
    summary: 'show the bootstrap of a proxy',
    load: () => import('./proxy-config/bootstrap.ts'),
  },
  {
    path: 'proxy-config all',
    aliases: ['a'],
    summary: 'show all that a proxy runs',
    load: () => import('./proxy-config/all.ts'),
  },
  {
    path: 'proxy-config log',
    aliases: ['o'],
    summary: 'show and change how much a proxy logs',
    load: () => import('./proxy-config/log.ts'),
  },
  { path: 'log', summary: 'show and change how much a proxy logs', load: () => import('./log.ts') },
  {
    path: 'translate',
    summary: 'print what a proxy would be sent, from files',
    load: () => import('./translate.ts'),
  },
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
  { path: 'proxy-config', aliases: ['pc'], summary: 'look at what a proxy runs' },
  { path: 'x', summary: 'commands that may still change' },
  { path: 'x injector', summary: 'look at what injects sidecars' },
];

/** All commands of `weft`. */
export const commandTree: CommandTree = { entries, groups };
