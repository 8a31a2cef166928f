export * from './human-duration.ts';
export * from './jsonpath.ts';
export { JsonPathError } from './jsonpath-parser.ts';
export * from './table.ts';
