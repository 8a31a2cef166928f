import { UserError } from '@weft/core';
import { LIVE_COLUMNS, liveEndpoints, selectEndpoints } from '../../config-dump/endpoints.ts';
import { objectsAt, valueAt } from '../../config-dump/json-reader.ts';
import { readDump } from '../../config-dump/read-dump.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/flags.ts';
import { proxyArgs, proxyFlags, readProxyClusters } from '../../io/proxy-source.ts';
import { endpointTable, table } from './tables.ts';

export default defineCommand({
  description:
    'Shows the endpoints of the clusters of a proxy, and whether it takes them to be healthy. A file may be a dump made with ' +
    'include_eds, or what /clusters?format=json answers, which tells more.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: {
    ...proxyFlags,
    address: flag.string({ description: 'only endpoints with this address' }),
    port: flag.number({ description: 'only endpoints with this port', min: 0, max: 65_535 }),
    cluster: flag.string({ description: 'only endpoints of this cluster, by its name or its host' }),
    status: flag.string({ description: 'only endpoints of this status, such as healthy' }),
  },
  examples: [
    { title: 'Who does not answer', command: 'weft proxy-config endpoint --status unhealthy' },
    {
      title: 'Endpoints of one cluster',
      command: "weft pc ep --cluster 'outbound|9080||reviews.default.svc.cluster.local'",
    },
  ],
  async run({ address, port, cluster, status, ...source }, context) {
    const filter = { address, port, cluster, status };
    const { value, where } = await readProxyClusters(source, context);
    if (valueAt(value, 'cluster_statuses') !== undefined) {
      const rows = selectEndpoints(liveEndpoints(value), filter);
      return table(rows, { columns: LIVE_COLUMNS, rows, whenEmpty: 'no endpoints' }, context);
    }
    const dump = readDump(value);
    if (dump.kind === 'err') throw new UserError(`${where} ${dump.error}, and no cluster_statuses of /clusters`);
    if (!objectsAt(value, 'configs').some((part) => String(part['@type']).endsWith('.EndpointsConfigDump'))) {
      throw new UserError(`${where} is a dump without endpoints`, { hint: 'make it with /config_dump?include_eds' });
    }
    return endpointTable(dump.value, filter, context);
  },
});
