export * from './mutating-webhook-configuration.ts';
export * from './validating-webhook-configuration.ts';
export type { Webhook } from './webhook.ts';
