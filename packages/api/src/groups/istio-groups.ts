/** The kinds of the mesh with their types, by API group, and its typed configuration: `istio.security.PeerAuthentication`, `istio.mesh.parseMeshConfig` … */
export * as extensions from './extensions.istio.io/index.ts';
export * as install from './install.istio.io/index.ts';
export * as mesh from './mesh/index.ts';
export * as networking from './networking.istio.io/index.ts';
export * as security from './security.istio.io/index.ts';
export * as telemetry from './telemetry.istio.io/index.ts';
