import { findingsOf } from '@weft/control/mesh';
import { type ProxyNode, ProxyViews, proxyOfNode } from '@weft/control/push';
import { joinResources } from '@weft/control/translate';
import { describeError, UserError } from '@weft/core';
import { parse } from 'yaml';
import { type MadeType, madeResource } from '../config-dump/canonical.ts';
import { objectAt, textAt } from '../config-dump/json-reader.ts';
import type { ConfigDump, DumpedResource } from '../config-dump/read-dump.ts';
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { flag } from '../framework/flags.ts';
import { textResult } from '../framework/result.ts';
import { readInput } from '../io/read-input.ts';
import { readManifests } from '../io/read-manifests.ts';
import { describeFinding, type MeshOfItems, meshOfItems } from '../manifests/mesh-of-items.ts';
import { formatTable } from '../output/table.ts';
import { printable } from '../output/text-width.ts';
import { formatYaml } from '../output/yaml.ts';
import { clusterTable, endpointTable, listenerTable, routeTable } from './proxy-config/tables.ts';

const TYPES = ['listener', 'route', 'cluster', 'endpoint'] as const satisfies readonly MadeType[];

export default defineCommand({
  description:
    'Prints what the control plane would send to a proxy if the mesh were made of the objects in files: the same checks, the same ' +
    'translation, no server. What is wrong with the objects goes to standard error, with file and line; errors make the exit code 1.\n\n' +
    'The proxy is named by --proxy, which takes the Pod of that name from the files, or by the node that it would send. ' +
    'Objects count as being as old as they stand in the files, the first is the oldest. -o short and -o wide print the tables of ' +
    'proxy-config.',
  status: 'experimental',
  shared: ['output'],
  flags: {
    filename: flag.list(flag.file({ description: 'file, folder or - for standard input', short: 'f', required: true })),
    node: flag.string({
      description: 'node of the proxy as JSON or YAML, or @FILE, which may be an Envoy bootstrap',
      placeholder: 'JSON',
    }),
    proxy: flag.string({ description: 'sidecar of a Pod in the files', placeholder: 'NAME.NAMESPACE' }),
    type: flag.choice(TYPES, { description: 'only resources of this type' }),
    meshNamespace: flag.string({
      description: 'root namespace, with the ConfigMap "istio" that configures the mesh',
      placeholder: 'NAME',
      default: 'istio-system',
    }),
    domain: flag.string({
      description: 'ending of the names of Services',
      placeholder: 'NAME',
      default: 'cluster.local',
    }),
    clusterId: flag.string({ description: 'name of the cluster', placeholder: 'NAME', default: 'Kubernetes' }),
  },
  examples: [
    { title: 'What a sidecar would get', command: 'weft translate -f mesh/ --proxy reviews-v1-abc.default' },
    {
      title: 'Only its routes, as a table',
      command: 'weft translate -f mesh/ --proxy reviews-v1-abc.default --type route -o wide',
    },
    { title: 'A proxy that describes itself', command: 'weft translate -f mesh/ --node @bootstrap.yaml -o json' },
  ],
  async run({ filename, node, proxy, type, meshNamespace, domain, clusterId }, context) {
    if (filename.length === 0) throw new UserError('nothing to translate: name a file or folder with -f');
    const items = await readManifests(filename, context);
    const mesh = meshOfItems(items, { systemNamespace: meshNamespace, clusterDomain: domain, cluster: clusterId });
    const found = proxyOfNode(await nodeOf({ node, proxy, domain }, mesh, context), undefined, mesh.snapshot);
    if (found.kind === 'err') throw new UserError(found.error);
    const view = new ProxyViews().make(mesh.snapshot, found.value);
    const findings = [
      ...mesh.findings,
      ...[...[...findingsOf(mesh.snapshot).values()].flat(), ...view.findings].map((one) => mesh.place(one)),
    ];
    tell(findings.map(describeFinding), context);
    const { listeners, routes, clusters, endpoints } = joinResources(view.parts);
    const made = { listener: listeners, route: routes, cluster: clusters, endpoint: endpoints };
    const wanted = type === undefined ? TYPES : [type];
    const resources = Object.fromEntries(
      wanted.map((each) => [each, made[each].map((resource) => madeResource(each, resource))] as const),
    );
    const data = Object.fromEntries(
      Object.entries(resources).map(([each, list]) => [`${each}s`, list.map(({ body }) => body)]),
    );
    const isTable = context.output === 'short' || context.output === 'wide';
    const text = isTable ? tablesOf(resources, context) : formatYaml(data).trimEnd();
    return textResult(data, text, findings.some(({ severity }) => severity === 'error') ? 'no' : 'yes');
  },
});

/** Each finding once: the analysis of the mesh and the translation may come to the same end. */
function tell(lines: readonly string[], { err }: CommandContext): void {
  for (const line of new Set(lines)) err.write(`${printable(line)}\n`);
}

function tablesOf(resources: Partial<Record<string, readonly DumpedResource[]>>, context: CommandContext): string {
  const { listener, route, cluster, endpoint } = resources;
  const all = {
    listener: listener ?? [],
    route: route ?? [],
    cluster: cluster ?? [],
    endpoint: endpoint ?? [],
    secret: [],
  };
  const dump: ConfigDump = { bootstrap: undefined, resources: all, refused: [] };
  const tables = [
    ...(listener === undefined ? [] : [listenerTable(dump, {}, context)]),
    ...(route === undefined ? [] : [routeTable(dump, undefined, context)]),
    ...(cluster === undefined ? [] : [clusterTable(dump, {}, context)]),
    ...(endpoint === undefined ? [] : [endpointTable(dump, {}, context)]),
  ];
  const options = { isWide: context.output === 'wide', style: context.style };
  return tables
    .map(({ view }) => (view.kind === 'table' ? formatTable(view, options).trimEnd() : view.text))
    .join('\n\n');
}

interface NodeArgs {
  readonly node: string | undefined;
  readonly proxy: string | undefined;
  readonly domain: string;
}

async function nodeOf(
  { node, proxy, domain }: NodeArgs,
  mesh: MeshOfItems,
  context: CommandContext,
): Promise<ProxyNode> {
  if (node !== undefined && proxy !== undefined)
    throw new UserError('--node and --proxy name two proxies: give one of them');
  if (node !== undefined) return parseNode(node, context);
  if (proxy === undefined)
    throw new UserError('for which proxy? name it with --proxy NAME.NAMESPACE, or describe it with --node');
  const dot = proxy.lastIndexOf('.');
  const [name, namespace] = dot === -1 ? [proxy, 'default'] : [proxy.slice(0, dot), proxy.slice(dot + 1)];
  const { pods } = mesh.snapshot.workloads;
  const pod = pods.get(`${namespace}/${name}`);
  if (pod === undefined) {
    const known = [...pods.keys()].slice(0, MOST_NAMED).map((key) => key.split('/').toReversed().join('.'));
    const hint = known.length === 0 ? 'there are no Pods at all; use --node' : `there are ${known.join(', ')}`;
    throw new UserError(`there is no Pod ${namespace}/${name} in the files`, { hint });
  }
  return { id: `sidecar~${pod.addresses[0] ?? ''}~${name}.${namespace}~${namespace}.svc.${domain}` };
}

/** Pods that a hint names. */
const MOST_NAMED = 10;

async function parseNode(text: string, context: CommandContext): Promise<ProxyNode> {
  const file = text.startsWith('@') ? text.slice(1) : undefined;
  const where = file === undefined ? '--node' : file;
  const parsed = parseText(file === undefined ? text : new TextDecoder().decode(await readInput(file, context)), where);
  const node = objectAt(parsed, 'node') ?? parsed;
  const id = textAt(node, 'id');
  if (id === '')
    throw new UserError(`${where} has no id such as sidecar~10.0.0.1~reviews-v1.default~default.svc.cluster.local`);
  const locality = objectAt(node, 'locality');
  return {
    id,
    metadata: objectAt(node, 'metadata'),
    locality: locality && {
      region: textAt(locality, 'region'),
      zone: textAt(locality, 'zone'),
      subZone: textAt(locality, 'sub_zone') || textAt(locality, 'subZone'),
    },
  };
}

function parseText(text: string, where: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new UserError(`${where} is not YAML or JSON: ${describeError(error)}`);
  }
}
