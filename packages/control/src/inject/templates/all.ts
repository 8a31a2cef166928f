import { gatewayTemplate } from './gateway.ts';
import { sidecarTemplate } from './sidecar.ts';
import type { InjectionTemplate } from './template.ts';

/** The templates that are there without configuration. */
export const builtinTemplates: Readonly<Record<string, InjectionTemplate>> = {
  sidecar: sidecarTemplate,
  gateway: gatewayTemplate,
};
