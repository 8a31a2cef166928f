export { ControlPlane, type ControlPlaneOptions } from './control-plane.ts';
export type { ListenAddress } from './listen-address.ts';
