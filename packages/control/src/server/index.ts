export { ControlPlane, type ControlPlaneOptions, type ListenAddress } from './control-plane.ts';
