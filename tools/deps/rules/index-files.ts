import type { Rule } from '../rule.ts';
import type { Token } from '../tokenize.ts';

/** A package's index.ts is its table of contents: re-exports and nothing else. */
export const indexFiles: Rule = {
  name: 'index-files',
  *check(workspace) {
    for (const file of workspace.files) {
      if (file.role !== 'source' || !file.path.endsWith('/index.ts')) continue;
      const line = firstOtherStatement(file.tokens);
      if (line !== undefined)
        yield {
          file: file.path,
          line,
          message: 'index.ts may only hold `export … from "…"`: move the rest to a file named for what it holds',
        };
    }
  },
};

/** The line of the first statement that is not a re-export. */
function firstOtherStatement(tokens: readonly Token[]): number | undefined {
  let at = 0;
  while (at < tokens.length) {
    const start = tokens[at]!;
    if (start.text !== 'export') return start.line;
    at++;
    if (tokens[at]?.text === 'type') at++;
    if (tokens[at]?.text === '{') {
      const isEmpty = tokens[at + 1]?.text === '}' && tokens[at + 2]?.text !== 'from';
      while (at < tokens.length && tokens[at]!.text !== '}') at++;
      at++;
      // `export {}` marks a module that has nothing to offer yet.
      if (isEmpty) {
        if (tokens[at]?.text === ';') at++;
        continue;
      }
    } else if (tokens[at]?.text === '*') {
      at++;
      if (tokens[at]?.text === 'as') at += 2;
    } else return start.line;
    if (tokens[at]?.text !== 'from' || tokens[at + 1]?.kind !== 'string') return start.line;
    at += 2;
    if (tokens[at]?.text === ';') at++;
  }
  return undefined;
}
