import { UserError } from '@weft/core';
import { numberAt, objectAt, textAt } from '../../config-dump/json-reader.ts';
import { defineCommand } from '../../framework/command.ts';
import { textResult } from '../../framework/result.ts';
import { proxyArgs, proxyFlags, readProxyDump } from '../../io/proxy-source.ts';
import { formatYaml } from '../../output/yaml.ts';

export default defineCommand({
  description:
    'Shows the bootstrap of a proxy as it has it, secrets hidden. With -o short only who it is and which version.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: proxyFlags,
  examples: [
    { title: 'The bootstrap', command: 'weft proxy-config bootstrap' },
    { title: 'From a dump, as JSON', command: 'weft pc b -f dump.json -o json' },
  ],
  async run(source, context) {
    const { bootstrap } = await readProxyDump(source, context);
    if (bootstrap === undefined) throw new UserError('the dump has no bootstrap');
    if (context.output !== 'short') return textResult(bootstrap, formatYaml(bootstrap).trimEnd());
    const node = objectAt(bootstrap, 'node');
    const build = objectAt(node, 'user_agent_build_version');
    const version = ['major_number', 'minor_number', 'patch'].map((part) => numberAt(build, 'version', part));
    const lines = [
      `Node: ${textAt(node, 'id') || '-'}`,
      `Istio Version: ${textAt(node, 'metadata', 'ISTIO_VERSION') || '-'}`,
      ...(build === undefined ? [] : [`Proxy: ${textAt(node, 'user_agent_name')} ${version.join('.')}`]),
    ];
    return textResult(bootstrap, lines.join('\n'));
  },
});
