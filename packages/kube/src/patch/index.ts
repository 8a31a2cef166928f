export * from './apply/index.ts';
export * from './create-json-patch.ts';
export * from './diff.ts';
export * from './json-patch.ts';
export * from './json-pointer.ts';
export * from './merge-patch.ts';
export * from './strategic-merge.ts';
