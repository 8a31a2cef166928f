export type { DebugSubject } from './debug-page.ts';
export { type DebugServer, type DebugServerOptions, startDebugServer } from './server/debug-server.ts';
