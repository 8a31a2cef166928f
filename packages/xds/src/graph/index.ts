export * from './resource-coordinator.ts';
export * from './resource-graph.ts';
export * from './resource-key.ts';
