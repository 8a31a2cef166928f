export { decodeKubeProtobuf } from './decode.ts';
