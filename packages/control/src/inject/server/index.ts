export * from '../cluster/configuration-keeper.ts';
export * from '../cluster/injection-follower.ts';
export { type WebhookCertificate, WebhookServer, type WebhookServerOptions } from './webhook-server.ts';
