import { type ErrorCode, type ErrorCodeEntry, errorCatalogue } from '@weft/core';
import { defineCommand } from '../framework/command.ts';
import { arg } from '../framework/flags.ts';
import { usage } from '../framework/parse.ts';
import { type CommandResult, tableResult, textResult } from '../framework/result.ts';
import { suggest } from '../framework/suggest.ts';

/** Who is at fault, in words. */
const SOURCES: Readonly<Record<ErrorCodeEntry['source'], string>> = {
  downstream: 'the caller',
  upstream: 'what was called',
  config: 'the configuration',
  local: 'this machine or the command line',
  bug: 'weft itself: please report it',
};

const RETRIES: Readonly<Record<ErrorCodeEntry['retry'], string>> = {
  never: 'no, it would fail again',
  safe: 'yes',
  'if-reused': 'yes, if it failed on a connection that was used before',
};

export default defineCommand({
  description:
    'Explains an error code: what happened, who is at fault and what to do. Without a code it lists all of them.',
  status: 'stable',
  shared: ['output'],
  args: { code: arg.optional('an error code, as error messages show it', () => Object.keys(errorCatalogue)) },
  examples: [
    { title: 'Explain an error code', command: 'weft doc MESH_API_UNREACHABLE' },
    { title: 'List all error codes', command: 'weft doc' },
  ],
  async run({ code }) {
    return code === undefined ? listCodes() : explainCode(code.toUpperCase());
  },
});

function listCodes(): CommandResult {
  const rows = Object.entries(errorCatalogue).map(([code, entry]) => ({ code, ...entry }));
  return tableResult(rows, {
    rows,
    columns: [
      { header: 'CODE', value: (row) => row.code },
      { header: 'DESCRIPTION', value: (row) => row.description },
      { header: 'FIX', value: (row) => row.fix, isWide: true },
    ],
  });
}

function explainCode(code: string): CommandResult {
  if (!Object.hasOwn(errorCatalogue, code)) {
    const nearest = suggest(code, Object.keys(errorCatalogue));
    const hint = nearest === undefined ? 'weft doc lists all codes' : `did you mean ${nearest}?`;
    throw usage('doc', `there is no error code ${JSON.stringify(code)}`, hint);
  }
  const entry = errorCatalogue[code as ErrorCode];
  const text = [
    `${code}: ${entry.description}`,
    '',
    `Fix:       ${entry.fix}`,
    `At fault:  ${SOURCES[entry.source]}`,
    `Retry:     ${RETRIES[entry.retry]}`,
  ];
  return textResult({ code, ...entry }, text.join('\n'));
}
