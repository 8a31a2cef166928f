export { httpAuthorization, tcpAuthorization } from './authorization-filters.ts';
