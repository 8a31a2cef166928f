import { UserError } from '@weft/core';
import { textAt } from '../config-dump/json-reader.ts';
import type { ConfigDump } from '../config-dump/read-dump.ts';
import { compareConfig, type TypeComparison } from '../control-status/compare.ts';
import { describeProxy, describeRefusals, describeType } from '../control-status/describe-sync.ts';
import { type ProxySync, readStatus, SYNC_TYPES } from '../control-status/read-status.ts';
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { arg, flag } from '../framework/flags.ts';
import { type Column, type CommandResult, type TableView, tableResult, textResult } from '../framework/result.ts';
import { askJson } from '../io/ask-http.ts';
import { proxyFlags, readProxyDump } from '../io/proxy-source.ts';
import { formatTable } from '../output/table.ts';
import { printable } from '../output/text-width.ts';
import { formatYaml } from '../output/yaml.ts';

export default defineCommand({
  description:
    'Shows the proxies that are connected to a control plane, and how far each is behind it. Below the table it says what ' +
    'proxies refuse, and why; then it exits with 1.\n\n' +
    'With the name of a proxy it compares what the control plane sends with what the proxy runs, and exits with 1 when they differ. ' +
    'Lines with - are only in the control plane, those with + only in the proxy.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: { proxy: arg.optional('a proxy to compare, as NAME.NAMESPACE') },
  flags: {
    control: flag.string({
      description: 'debug interface of the control plane',
      placeholder: 'URL',
      default: 'http://127.0.0.1:8080',
    }),
    verbosity: flag.number({ description: '1 shows each type of resource; so does -v', min: 0, max: 9, default: 0 }),
    ...proxyFlags,
  },
  examples: [
    { title: 'All proxies', command: 'weft proxy-status' },
    { title: 'What each type is like', command: 'weft ps --verbosity 1' },
    {
      title: 'Whether a proxy runs what it was sent',
      command: 'weft ps reviews-v1-abc.default --admin http://127.0.0.1:15000',
    },
  ],
  async run({ proxy, control, verbosity, admin, file }, context) {
    const ask = (path: string) => {
      const hint = 'is weft control running? name its debug interface with --control';
      return askJson({ base: control, path, who: 'the control plane', hint }, context);
    };
    if (proxy === undefined) {
      if (admin !== undefined || file !== undefined) {
        throw new UserError('--admin and -f are for comparing one proxy: name it as NAME.NAMESPACE');
      }
      const all = readStatus(await ask('/debug/syncz'), await ask('/debug/adsz'));
      const wanted = all.filter(
        ({ name }) => context.namespace === undefined || name.endsWith(`.${context.namespace}`),
      );
      return statusOf(wanted, { control, isVerbose: verbosity > 0 || context.verbosity > 0 }, context);
    }
    const id = proxy.includes('.') || context.namespace === undefined ? proxy : `${proxy}.${context.namespace}`;
    const sent = await ask(`/debug/config_dump?proxyID=${encodeURIComponent(id)}`);
    const dump = await readProxyDump({ pod: undefined, admin, file }, context);
    checkName(id, dump);
    return comparisonOf(id, compareConfig(sent, dump, formatYaml), context);
  },
});

interface StatusOptions {
  readonly control: string;
  readonly isVerbose: boolean;
}

function statusOf(
  proxies: readonly ProxySync[],
  { control, isVerbose }: StatusOptions,
  context: CommandContext,
): CommandResult {
  const nowMs = context.clock.now();
  const host = new URL(control).host;
  const name: Column<ProxySync> = { header: 'NAME', value: (row) => row.name };
  const cluster: Column<ProxySync> = { header: 'CLUSTER', value: (row) => row.cluster };
  const types = Object.keys(SYNC_TYPES).map(
    (short): Column<ProxySync> => ({ header: short, value: (row) => describeType(row.types[short], nowMs) }),
  );
  const istiod: Column<ProxySync> = { header: 'ISTIOD', value: () => host };
  const version: Column<ProxySync> = { header: 'VERSION', value: (row) => row.version || '-' };
  const subscribed: Column<ProxySync> = {
    header: 'SUBSCRIBED TYPES',
    value: (row) => `${row.subscribed.length} (${row.subscribed.join(',')})`,
  };
  const state: Column<ProxySync> = { header: 'STATE', value: (row) => describeProxy(row, nowMs) };
  const columns = isVerbose
    ? [name, cluster, ...types, istiod, version, state]
    : [name, cluster, istiod, version, subscribed, state];
  const { view } = tableResult(proxies, { columns, rows: proxies, whenEmpty: 'no proxy is connected' });
  const refusals = proxies.flatMap((row) => describeRefusals(row, nowMs)).map(printable);
  const table = formatTable(view as TableView, { isWide: context.output === 'wide', style: context.style }).trimEnd();
  const text = [table, ...(refusals.length === 0 ? [] : ['', ...refusals])].join('\n');
  const data = proxies.map((row) => ({ ...row, state: describeProxy(row, nowMs) }));
  return textResult(data, text, refusals.length === 0 ? 'yes' : 'no');
}

/** A comparison with another proxy would say that everything is wrong. */
function checkName(id: string, { bootstrap }: ConfigDump): void {
  const node = textAt(bootstrap, 'node', 'id');
  const [, , found] = node.split('~');
  if (found === undefined || found === id) return;
  throw new UserError(`the proxy that was read is ${found}, not ${id}`, {
    hint: 'name the right one with --admin or -f',
  });
}

const WORDS = {
  missing: 'the proxy does not have it',
  refused: 'the proxy refuses it',
  warming: 'the proxy waits for what belongs to it',
  extra: 'only the proxy has it',
  different: 'differs',
} as const;

function comparisonOf(id: string, types: readonly TypeComparison[], { style }: CommandContext): CommandResult {
  const lines = types.flatMap(({ type, sent, differences }) => {
    if (differences.length === 0) return [`${style.green('✓')} ${sent} ${type}s match`];
    return [
      `${style.red('✗')} ${differences.length} ${type}s differ (${sent} are sent)`,
      ...differences.flatMap((one) => [
        `  ${type} ${one.name}: ${WORDS[one.kind]}`,
        ...one.lines.map((line) => `    ${printable(line)}`),
      ]),
    ];
  });
  const isSame = types.every(({ differences }) => differences.length === 0);
  return textResult({ proxy: id, isSame, types }, lines.join('\n'), isSame ? 'yes' : 'no');
}
