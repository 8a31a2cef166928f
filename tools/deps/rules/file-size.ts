import type { Rule } from '../rule.ts';

const MAX_LINES = 800;

/** A file of this length holds more than one concept. */
export const fileSize: Rule = {
  name: 'file-size',
  *check(workspace) {
    for (const file of workspace.files) {
      if (file.role === 'test' || file.lineCount <= MAX_LINES) continue;
      yield {
        file: file.path,
        line: MAX_LINES + 1,
        message: `has ${file.lineCount} lines, more than ${MAX_LINES}: split it`,
      };
    }
  },
};
