export { type EmbeddedApi, type EmbeddedApiOptions, startEmbeddedApi } from './embedded-api.ts';
export type { FolderReport } from './folder/folder-sync.ts';
export type { FolderProblem } from './folder/read-folder.ts';
export { type FolderWatch, type FolderWatchOptions, watchFolder } from './folder/watch-folder.ts';
export { ObjectSource, type ObjectSourceOptions } from './object-source.ts';
export { type GivenMesh, snapshotOf } from './snapshot-of.ts';
