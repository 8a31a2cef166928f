export * from './api-core.ts';
export * from './api-server.ts';
export * from './auth/jwt-issuer.ts';
export * from './auth/service-account.ts';
export { type ApiResponse, bodyText, type StreamSink } from './exchange.ts';
export type { IncomingCall } from './handler.ts';
export { InternalClient } from './internal-client.ts';
export * from './store/index.ts';
