import { kubernetes } from '@weft/api';
import { ANNOTATION, explainInjectors, findInjectors, type Injector } from '@weft/control/inject';
import { parseJson } from '@weft/core';
import { defineCommand } from '../../../framework/command.ts';
import { type Column, type TableView, tableResult, textResult } from '../../../framework/result.ts';
import { connectCluster } from '../../../io/cluster-client.ts';
import { formatTable } from '../../../output/table.ts';

/** A namespace whose pods are injected. */
interface InjectedNamespace {
  readonly namespace: string;
  readonly injector: string;
  readonly revision: string;
  /** Revisions that its pods were injected by, with their number; an empty name for pods without sidecar. */
  readonly pods: Readonly<Record<string, number>>;
}

/** An injector and the namespaces that it has. */
interface ListedInjector extends Omit<Injector, 'webhooks'> {
  readonly namespaces: readonly string[];
}

export default defineCommand({
  description:
    'Lists the namespaces whose pods are injected, with the revisions that their pods were injected by, and all ' +
    'injectors of the cluster. Injectors of Istio are understood too.',
  status: 'experimental',
  shared: ['output', 'cluster'],
  examples: [{ title: 'All injectors', command: 'weft x injector list' }],
  async run(_args, context) {
    const client = await connectCluster(context);
    try {
      const { signal } = context;
      const [hooks, namespaces, pods] = await Promise.all([
        client.resource(kubernetes.admissionregistration.mutatingWebhookConfiguration).listAll({ signal }),
        client.resource(kubernetes.core.namespace).listAll({ signal }),
        client.resource(kubernetes.core.pod).listAll({ signal }),
      ]);
      const injectors = findInjectors(hooks.items);
      const injected = namespaces.items.flatMap(({ metadata }): InjectedNamespace[] => {
        const labels = { namespace: metadata.labels ?? {}, pod: {} };
        const asked = explainInjectors(injectors, labels).find(({ isAsked }) => isAsked);
        if (asked === undefined) return [];
        const own = pods.items.filter((pod) => pod.metadata.namespace === metadata.name);
        const { injector, revision } = asked;
        return [{ namespace: metadata.name ?? '', injector, revision, pods: countRevisions(own) }];
      });
      const listed = injectors.map(({ name, revision, tag }): ListedInjector => {
        const names = injected.filter(({ injector }) => injector === name).map(({ namespace }) => namespace);
        return { name, revision, tag, namespaces: names };
      });
      const isWide = context.output === 'wide';
      const text = [namespaceTable(injected), injectorTable(listed)].map((view) =>
        formatTable(view, { isWide, style: context.style }).trimEnd(),
      );
      return textResult({ namespaces: injected, injectors: listed }, text.join('\n\n'));
    } finally {
      await client.close();
    }
  },
});

function countRevisions(pods: readonly kubernetes.core.Pod[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { metadata } of pods) {
    const status = metadata.annotations?.[ANNOTATION.status];
    const parsed = status === undefined ? undefined : parseJson(status);
    const read = parsed?.kind === 'ok' ? (parsed.value as { readonly revision?: unknown } | null) : null;
    const revision = typeof read?.revision === 'string' ? read.revision : '';
    counts[revision] = (counts[revision] ?? 0) + 1;
  }
  return counts;
}

function namespaceTable(rows: readonly InjectedNamespace[]): TableView {
  const columns: Column<InjectedNamespace>[] = [
    { header: 'NAMESPACE', value: (row) => row.namespace },
    { header: 'REVISION', value: (row) => row.revision },
    {
      header: 'PODS BY REVISION',
      value: ({ pods }) =>
        Object.entries(pods)
          .map(([revision, count]) => `${revision === '' ? '<no sidecar>' : revision}: ${count}`)
          .join(', '),
    },
  ];
  return viewOf({ rows, columns, whenEmpty: 'no namespace is injected' });
}

function injectorTable(rows: readonly ListedInjector[]): TableView {
  const columns: Column<ListedInjector>[] = [
    { header: 'INJECTOR', value: (row) => row.name },
    { header: 'REVISION', value: (row) => row.revision },
    { header: 'TAG', value: (row) => row.tag },
    { header: 'NAMESPACES', value: (row) => row.namespaces.join(',') },
  ];
  return viewOf({ rows, columns, whenEmpty: 'the cluster has no injectors' });
}

function viewOf<Row>(table: Parameters<typeof tableResult<Row>>[1]): TableView {
  return tableResult(undefined, table).view as TableView;
}
