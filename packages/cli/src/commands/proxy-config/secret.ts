import { defineCommand } from '../../framework/command.ts';
import { flag } from '../../framework/flags.ts';
import { proxyArgs, proxyFlags, readProxyDump } from '../../io/proxy-source.ts';
import { secretTable, tellRefused } from './tables.ts';

export default defineCommand({
  description:
    'Shows the secrets of a proxy with the times of their certificates. Those that it still waits for are WARMING. ' +
    'Private keys are in no dump.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: { ...proxyFlags, name: flag.string({ description: 'only the secret of this name' }) },
  examples: [
    { title: 'Until when the certificate is good', command: 'weft proxy-config secret --name default' },
    { title: 'From a dump, with the names in certificates', command: 'weft pc s -f dump.json -o wide' },
  ],
  async run({ name, ...source }, context) {
    const dump = await readProxyDump(source, context);
    tellRefused(dump, ['secret'], context);
    return secretTable(dump, name, context);
  },
});
