import { UserError } from '@weft/core';
import { defineCommand } from '../framework/command.ts';
import type { CommandContext } from '../framework/context.ts';
import { flag } from '../framework/flags.ts';
import { textResult } from '../framework/result.ts';
import { askText } from '../io/ask-http.ts';
import { adminFlag, adminQuestion, proxyArgs } from '../io/proxy-source.ts';

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
/** What istioctl calls them beside. */
const ALIASES: ReadonlyMap<string, string> = new Map(Object.entries({ none: 'off', warn: 'warning' }));
/** Level that a proxy of the mesh starts with. */
const DEFAULT_LEVEL = 'warning';

export default defineCommand({
  description:
    'Shows how much each part of a proxy logs, and changes it: --level debug for all parts, --level router:debug,http:info for ' +
    'some. Names are those of Envoy; a proxy of Weft has those of them that mean something to it.',
  status: 'experimental',
  shared: ['output', 'namespace'],
  args: proxyArgs,
  flags: {
    ...adminFlag,
    level: flag.string({ description: `new level: ${LEVELS.join(', ')}; or NAME:LEVEL,…`, placeholder: 'LEVEL' }),
    reset: flag.boolean({ description: `set all levels to ${DEFAULT_LEVEL}`, short: 'r' }),
  },
  examples: [
    { title: 'The levels of the proxy on this machine', command: 'weft log' },
    { title: 'More about routing', command: 'weft log --level router:debug,http:debug' },
  ],
  async run({ level, reset, ...source }, context) {
    if (level !== undefined && reset) throw new UserError('--level and --reset exclude each other');
    const changes = reset ? [`level=${DEFAULT_LEVEL}`] : changesOf(level);
    let answer = '';
    for (const change of changes.length === 0 ? [''] : changes) answer = await ask(source, change, context);
    const levels = Object.fromEntries(
      [...answer.matchAll(/^ {2}(\S+): (\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const lines = Object.entries(levels).map(([name, value]) => `  ${name}: ${value}`);
    return textResult(levels, ['active loggers:', ...lines].join('\n'));
  },
});

function ask(
  source: { readonly pod: string | undefined; readonly admin: string | undefined },
  change: string,
  context: CommandContext,
): Promise<string> {
  const path = change === '' ? '/logging' : `/logging?${change}`;
  // Envoy answers no GET here: the page can change something.
  return askText({ ...adminQuestion(source, path, context), method: 'POST' }, context);
}

/** The queries that make the change: all levels at once first, since that leaves no other one standing. */
function changesOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const parts = text.split(',').map((part) => {
    const colon = part.lastIndexOf(':');
    return { name: colon === -1 ? '' : part.slice(0, colon), level: levelOf(part.slice(colon + 1)) };
  });
  const all = parts.filter(({ name }) => name === '' || name === 'all').at(-1);
  const some = parts.filter(({ name }) => name !== '' && name !== 'all').map(({ name, level }) => `${name}:${level}`);
  return [
    ...(all === undefined ? [] : [`level=${all.level}`]),
    ...(some.length === 0 ? [] : [`paths=${encodeURIComponent(some.join(','))}`]),
  ];
}

function levelOf(text: string): string {
  const level = ALIASES.get(text) ?? text;
  if (LEVELS.includes(level)) return level;
  throw new UserError(`${JSON.stringify(text)} is no level of a log`, { hint: `levels are ${LEVELS.join(', ')}` });
}
