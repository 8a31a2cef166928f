export * from './errors.ts';
export { MAX_CALL_COST, type WorkBudget } from './frame.ts';
export { celSyntaxProblem } from './parse.ts';
export * from './program.ts';
export * from './re2.ts';
export * from './types.ts';
export { CelDuration, CelOptional, CelTimestamp, CelUint, toCel } from './values.ts';
