export * from './grpc-transport.ts';
export * from './manual-transport.ts';
export * from './model-host.ts';
export * from './model-server.ts';
export * from './recording-handler.ts';
export * from './scripted-server.ts';
export * from './wire-messages.ts';
