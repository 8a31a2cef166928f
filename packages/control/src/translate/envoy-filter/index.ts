export { applyEnvoyFilters } from './apply-envoy-filters.ts';
