import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/flags.ts';
import { proxyArgs, proxyFlags, readProxyDump } from '../../io/proxy-source.ts';
import { clusterTable, tellRefused } from './tables.ts';

export default defineCommand({
  description:
    'Shows the clusters of a proxy: what it can send to. With -o wide or -v also the objects that each comes from; ' +
    '-o json and -o yaml print the clusters as the proxy has them.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: {
    ...proxyFlags,
    fqdn: flag.string({ description: 'only clusters whose host has this in it' }),
    port: flag.number({ description: 'only clusters of this port', min: 0, max: 65_535 }),
    subset: flag.string({ description: 'only clusters of this subset' }),
    direction: flag.string({ description: 'only clusters of this direction: inbound or outbound' }),
  },
  examples: [
    { title: 'The subsets of a service', command: 'weft proxy-config cluster --fqdn reviews --direction outbound' },
    { title: 'From a dump', command: 'weft pc c -f dump.json -o wide' },
  ],
  async run({ fqdn, port, subset, direction, ...source }, context) {
    const dump = await readProxyDump(source, context);
    tellRefused(dump, ['cluster'], context);
    return clusterTable(dump, { fqdn, port, subset, direction }, context);
  },
});
