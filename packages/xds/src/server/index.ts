export * from './ads-client.ts';
export { AdsServer, type AdsServerOptions, type OpenOutcome } from './ads-server.ts';
export * from './limits.ts';
export {
  createResourceSet,
  createResourceView,
  type Dirty,
  type ResourceSet,
  type ResourceView,
  type VersionSet,
} from './resource-view.ts';
export * from './served-resource.ts';
export type { Nack, SentResponse } from './state/answers.ts';
export { type ClientStatusOptions, clientStatusMethods } from './status/client-status-service.ts';
export { frameMessage } from './transport/frame.ts';
export * from './transport/grpc-server.ts';
export * from './transport/grpc-server-limits.ts';
export * from './transport/grpc-status.ts';
export * from './transport/grpc-stream.ts';
export * from './transport/simple-methods.ts';
export type { ClientCertificates, GrpcTls } from './transport/tls-settings.ts';
