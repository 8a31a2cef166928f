import { LISTENER_TYPES } from '../../config-dump/listeners.ts';
import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/flags.ts';
import { proxyArgs, proxyFlags, readProxyDump } from '../../io/proxy-source.ts';
import { listenerTable, tellRefused } from './tables.ts';

export default defineCommand({
  description:
    'Shows where a proxy listens and what becomes of connections, a line for each filter chain. With -o wide or -v also the ' +
    'objects that each comes from; -o json and -o yaml print the listeners as the proxy has them.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: {
    ...proxyFlags,
    address: flag.string({ description: 'only listeners on this address' }),
    port: flag.number({ description: 'only listeners on this port', min: 0, max: 65_535 }),
    type: flag.string({ description: `only listeners of this type: ${LISTENER_TYPES.join(', ')}` }),
  },
  examples: [
    { title: 'What becomes of connections to port 80', command: 'weft proxy-config listener --port 80' },
    { title: 'From a dump', command: 'weft pc l -f dump.json -o wide' },
  ],
  async run({ address, port, type, ...source }, context) {
    const dump = await readProxyDump(source, context);
    tellRefused(dump, ['listener'], context);
    return listenerTable(dump, { address, port, type }, context);
  },
});
