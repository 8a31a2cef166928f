import { defineCommand } from '../../framework/command.ts';
import { type CommandResult, textResult } from '../../framework/result.ts';
import { proxyArgs, proxyFlags, readProxyDump } from '../../io/proxy-source.ts';
import { formatTable } from '../../output/table.ts';
import { clusterTable, endpointTable, listenerTable, routeTable, secretTable, tellRefused } from './tables.ts';

export default defineCommand({
  description:
    'Shows all that a proxy runs, in the order in which a request meets it: listeners, routes, clusters, endpoints, secrets.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: proxyFlags,
  examples: [
    { title: 'All tables', command: 'weft proxy-config all' },
    { title: 'From a dump', command: 'weft pc all -f dump.json -o wide' },
  ],
  async run(source, context) {
    const dump = await readProxyDump(source, context);
    tellRefused(dump, ['listener', 'route', 'cluster', 'endpoint', 'secret'], context);
    const sections: Readonly<Record<string, CommandResult>> = {
      listeners: listenerTable(dump, {}, context),
      routes: routeTable(dump, undefined, context),
      clusters: clusterTable(dump, {}, context),
      endpoints: endpointTable(dump, {}, context),
      secrets: secretTable(dump, undefined, context),
    };
    const options = { isWide: context.output === 'wide', style: context.style };
    const texts = Object.values(sections).map(({ view }) =>
      view.kind === 'table' ? formatTable(view, options).trimEnd() : view.text,
    );
    const data = Object.entries(sections).map(([name, section]) => [name, section.data] as const);
    return textResult({ bootstrap: dump.bootstrap, ...Object.fromEntries(data) }, texts.join('\n\n'));
  },
});
