/** The tables of proxy-config: for the command of each, and for all of them together. */
import { CLUSTER_COLUMNS, type ClusterFilter, clusterRow, selectClusters } from '../../config-dump/clusters.ts';
import { DUMP_COLUMNS, dumpedEndpoints, type EndpointFilter, selectEndpoints } from '../../config-dump/endpoints.ts';
import { LISTENER_COLUMNS, type ListenerFilter, listenerRows, selectListeners } from '../../config-dump/listeners.ts';
import type { ConfigDump, ResourceType } from '../../config-dump/read-dump.ts';
import { ROUTE_COLUMNS, routeRows, selectRoutes } from '../../config-dump/routes.ts';
import { SECRET_COLUMNS, secretRows, selectSecrets } from '../../config-dump/secrets.ts';
import type { CommandContext } from '../../framework/context.ts';
import { type Column, type CommandResult, type TableOptions, tableResult } from '../../framework/result.ts';
import { printable } from '../../output/text-width.ts';

/** Listeners, a row for each of their chains. */
export function listenerTable(dump: ConfigDump, filter: ListenerFilter, context: CommandContext): CommandResult {
  const found = selectListeners(dump.resources.listener, filter);
  const rows = found.flatMap(listenerRows);
  return table(bodiesOf(found), { columns: LISTENER_COLUMNS, rows, whenEmpty: 'no listeners' }, context);
}

/** Routes, a row each. */
export function routeTable(dump: ConfigDump, name: string | undefined, context: CommandContext): CommandResult {
  const found = selectRoutes(dump.resources.route, name);
  const rows = found.flatMap(routeRows);
  return table(bodiesOf(found), { columns: ROUTE_COLUMNS, rows, whenEmpty: 'no routes' }, context);
}

/** Clusters, a row each. */
export function clusterTable(dump: ConfigDump, filter: ClusterFilter, context: CommandContext): CommandResult {
  const found = selectClusters(dump.resources.cluster, filter);
  const rows = found.map(clusterRow);
  return table(bodiesOf(found), { columns: CLUSTER_COLUMNS, rows, whenEmpty: 'no clusters' }, context);
}

/** Endpoints of a dump. */
export function endpointTable(dump: ConfigDump, filter: EndpointFilter, context: CommandContext): CommandResult {
  const rows = selectEndpoints(dumpedEndpoints(dump.resources.endpoint), filter);
  return table(rows, { columns: DUMP_COLUMNS, rows, whenEmpty: 'no endpoints' }, context);
}

/** Secrets, a row for each of their certificates. */
export function secretTable(dump: ConfigDump, name: string | undefined, context: CommandContext): CommandResult {
  const found = selectSecrets(dump.resources.secret, name);
  const nowMs = context.clock.now();
  const rows = found.flatMap((secret) => secretRows(secret, nowMs));
  return table(bodiesOf(found), { columns: SECRET_COLUMNS, rows, whenEmpty: 'no secrets' }, context);
}

/** Rows for people, with all columns when `-v` is given, and data for machines. */
export function table<Row>(
  data: unknown,
  { columns, ...options }: TableOptions<Row>,
  { verbosity }: Pick<CommandContext, 'verbosity'>,
): CommandResult {
  const shown: readonly Column<Row>[] =
    verbosity === 0 ? columns : columns.map((column) => ({ ...column, isWide: false }));
  return tableResult(data, { ...options, columns: shown });
}

/** Says on standard error what the proxy has refused: a table of what it runs would hide that. */
export function tellRefused(dump: ConfigDump, types: readonly ResourceType[], { err, style }: CommandContext): void {
  for (const { type, name, reason, at } of dump.refused) {
    if (!types.includes(type)) continue;
    const since = at === '' ? '' : ` since ${at}`;
    err.write(`${style.yellow('warning:')} the proxy refuses ${type} ${printable(name)}${since}: ${oneLine(reason)}\n`);
  }
}

/** Envoy shows the message before it says what is wrong with it. */
function oneLine(reason: string): string {
  return printable(reason.trim().replace(/\s*\n\s*/g, ' '));
}

function bodiesOf(resources: readonly { readonly body: object }[]): readonly object[] {
  return resources.map(({ body }) => body);
}
