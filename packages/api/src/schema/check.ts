import type { IssueReport } from './issue.ts';
import type { PathCursor } from './path-cursor.ts';
import type { Schema } from './schema.ts';

/** One compiled check of a value at a place; `old` is the value at that place before an update. */
export type Check = (value: unknown, path: PathCursor, report: IssueReport, old: unknown) => void;

/** Finds the compiled check of a schema. */
export type CheckOf = (schema: Schema) => Check;
