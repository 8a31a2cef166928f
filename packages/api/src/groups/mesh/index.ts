export * from './extension-provider.ts';
export * from './mesh-config.ts';
export * from './mesh-networks.ts';
export * from './parse-mesh-config.ts';
export * from './proxy-config.ts';
