import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/flags.ts';
import { proxyArgs, proxyFlags, readProxyDump } from '../../io/proxy-source.ts';
import { routeTable, tellRefused } from './tables.ts';

export default defineCommand({
  description:
    'Shows the routes of a proxy in the order in which they are tried. With -o wide or -v also where each leads and the rules ' +
    'that it comes from; -o json and -o yaml print the configurations as the proxy has them.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: { ...proxyFlags, name: flag.string({ description: 'only the configuration of this name' }) },
  examples: [
    { title: 'Routes for port 9080, with where they lead', command: 'weft proxy-config route --name 9080 -o wide' },
    { title: 'From a dump', command: 'weft pc r -f dump.json' },
  ],
  async run({ name, ...source }, context) {
    const dump = await readProxyDump(source, context);
    tellRefused(dump, ['route'], context);
    return routeTable(dump, name, context);
  },
});
