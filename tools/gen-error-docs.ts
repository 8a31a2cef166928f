// `node tools/gen-error-docs.ts` writes docs/errors.md from the catalogue that `weft doc` prints, so that neither can lag behind.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ErrorCodeEntry, type ErrorSource, errorCatalogue, type RetryAdvice } from '@weft/core';

/** Where the page is. */
export const errorPageFile: string = path.join(import.meta.dirname, '..', 'docs', 'errors.md');

const SOURCES: Readonly<Record<ErrorSource, string>> = {
  downstream: 'the caller',
  upstream: 'what was called',
  config: 'the configuration',
  local: 'this machine, or the command line',
  bug: 'Weft itself: please report it',
};

const RETRIES: Readonly<Record<RetryAdvice, string>> = {
  never: 'it would fail again',
  safe: 'the same request may be sent again',
  'if-reused': 'it may be sent again if it failed on a connection that was used before',
};

/** The whole page. */
export function errorPage(): string {
  const sections = Object.entries(errorCatalogue).map(([code, entry]) => section(code, entry));
  return `# Error codes

Every error that Weft reports has a code. \`npx weft doc CODE\` says the same in the terminal, and \`npx weft doc -o json\` to programs.
This page is made by \`tools/gen-error-docs.ts\` from \`packages/core/src/error-codes.ts\`; a code is changed or added there.

At fault can be:

${legend(SOURCES)}

Trying again:

${legend(RETRIES)}

${sections.join('\n')}`;
}

function legend(words: Readonly<Record<string, string>>): string {
  return Object.entries(words)
    .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
    .join('\n');
}

function section(code: string, { source, retry, description, fix }: ErrorCodeEntry): string {
  return `## ${code}\n\n${description} ${fix}\n\nAt fault: \`${source}\`. Try again: \`${retry}\`.\n`;
}

if (import.meta.main) writeFileSync(errorPageFile, errorPage());
