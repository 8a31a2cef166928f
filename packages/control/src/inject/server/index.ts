export * from '../webhooks/configuration-keeper.ts';
export { type WebhookCertificate, WebhookServer, type WebhookServerOptions } from './webhook-server.ts';
