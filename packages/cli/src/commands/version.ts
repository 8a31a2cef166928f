import manifest from '../../package.json' with { type: 'json' };
import { defineCommand } from '../framework/command.ts';
import { textResult } from '../framework/result.ts';

export default defineCommand({
  description:
    'Prints the version of weft and of the Node.js it runs on; with -o wide, json or yaml also which kinds of resources ' +
    'it knows. It reads nothing from the network or a cluster.',
  status: 'stable',
  shared: ['output'],
  examples: [
    { title: 'Print the versions', command: 'weft version' },
    { title: 'Print all there is, for a program or a bug report', command: 'weft version -o json' },
  ],
  async run(_, { output }) {
    const client = { version: manifest.version };
    const node = { version: process.versions.node, platform: process.platform, arch: process.arch };
    const lines = [`weft  ${client.version}`, `node  ${node.version} (${node.platform}-${node.arch})`];
    if (output === 'table') return textResult({ client, node }, lines.join('\n'));
    const api = await describeApi();
    const text = [...lines, `api   ${api.kinds} kinds in ${api.groups.length} groups`].join('\n');
    return textResult({ client, node, api }, text);
  },
});

/** Loading all kinds takes longer than everything else that this command does, so the short form goes without. */
async function describeApi() {
  const { allKinds } = await import('@weft/api');
  return { kinds: allKinds.length, groups: [...new Set(allKinds.map((kind) => kind.group || 'core'))].sort() };
}
