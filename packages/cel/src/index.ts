export * from './errors.ts';
export { MAX_CALL_COST, type WorkBudget } from './frame.ts';
export { celSyntaxProblem } from './parse.ts';
export * from './program.ts';
export * from './re2.ts';
export type { CelFold, CelLiteral, CelNode, ListItem, MapEntry } from './syntax/tree.ts';
export * from './types.ts';
export { CelDuration, CelLookup, CelOptional, CelTimestamp, CelUint, toCel } from './values.ts';
