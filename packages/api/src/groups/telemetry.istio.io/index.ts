export * from './kinds.ts';
export * from './telemetry.ts';
