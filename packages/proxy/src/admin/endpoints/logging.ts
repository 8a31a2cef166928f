import { type LogLevels, parseLogLevels } from '@weft/core';
import { ENVOY_LOG_LEVELS, LOG_COMPONENTS, logLevelNamed } from '../../server/log-level-names.ts';
import { type AdminAnswer, type AdminEndpoint, textAnswer } from '../admin-endpoint.ts';

const LEVEL_NAMES = Object.keys(ENVOY_LOG_LEVELS);

const USAGE = `usage: /logging?<name>=<level> (change single level)
usage: /logging?paths=name1:level1,name2:level2,... (change multiple levels)
usage: /logging?level=<level> (change all levels)
levels: ${LEVEL_NAMES.join(' ')}
`;

/** Shows and changes how much is logged. */
export const LOGGING: AdminEndpoint = {
  path: '/logging',
  description: 'query/change logging levels',
  isMutating: true,
  params: [
    { name: 'level', description: `the level of everything; One of (${LEVEL_NAMES.join(', ')})` },
    { name: 'paths', description: 'levels of several loggers: name1:level1,name2:level2' },
  ],
  handle: ({ params }, { logLevels }) => {
    if (logLevels === undefined)
      return textAnswer('the log of this process has no levels that could be changed\n', 501);
    const [first, ...others] = [...params].filter(([, value]) => value !== '');
    if (first === undefined) return textAnswer(activeLoggers(logLevels));
    if (others.length > 0) return refuse('invalid query');
    return change(logLevels, changesOf(first));
  },
};

type Change = readonly [name: string, level: string];

function changesOf([key, value]: Change): readonly Change[] {
  if (key === 'level') return [['*', value]];
  if (key !== 'paths') return [[key, value]];
  return value.split(',').map((part) => {
    const colon = part.lastIndexOf(':');
    return [part.slice(0, Math.max(colon, 0)), part.slice(colon + 1)];
  });
}

function change(levels: LogLevels, changes: readonly Change[]): AdminAnswer {
  const parsed = parseLogLevels(levels.toString());
  let next = new Map(parsed.kind === 'ok' ? parsed.value : []);
  for (const [name, text] of changes) {
    const level = logLevelNamed(text);
    if (level === undefined) return refuse('unknown logger level');
    if (name !== '*' && !LOG_COMPONENTS.includes(name)) return refuse('unknown logger name');
    // The level of everything leaves no other one standing.
    if (name === '*') next = new Map();
    next.set(name, level);
  }
  levels.setLevel([...next].map(([name, level]) => `${name}:${level}`).join(','));
  return textAnswer(activeLoggers(levels));
}

function refuse(reason: string): AdminAnswer {
  return textAnswer(`error: ${reason}\n\n${USAGE}`, 400);
}

function activeLoggers(levels: LogLevels): string {
  const lines = LOG_COMPONENTS.map((name) => {
    const level = levels.levelOf(name);
    return `  ${name}: ${level === 'none' ? 'off' : level}\n`;
  });
  return `active loggers:\n${lines.join('')}\n`;
}
