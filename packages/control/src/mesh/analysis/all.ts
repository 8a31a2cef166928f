import type { Analyzer } from './analyzer.ts';
import { addressAnalyzer } from './analyzers/addresses.ts';
import { destinationRuleAnalyzer } from './analyzers/destination-rules.ts';
import { gatewayAnalyzer } from './analyzers/gateways.ts';
import { meshConfigAnalyzer } from './analyzers/mesh-config.ts';
import { policyAnalyzer } from './analyzers/policies.ts';
import { serviceAnalyzer } from './analyzers/services.ts';
import { targetPortAnalyzer } from './analyzers/target-ports.ts';
import { unsupportedKindAnalyzer } from './analyzers/unsupported-kinds.ts';
import { virtualServiceDestinationAnalyzer } from './analyzers/virtual-service-destinations.ts';
import { virtualServiceAnalyzer } from './analyzers/virtual-services.ts';

/** All analyzers; findings of one object keep this order. */
export const ALL_ANALYZERS: readonly Analyzer[] = Object.freeze([
  meshConfigAnalyzer,
  unsupportedKindAnalyzer,
  serviceAnalyzer,
  addressAnalyzer,
  targetPortAnalyzer,
  virtualServiceAnalyzer,
  virtualServiceDestinationAnalyzer,
  destinationRuleAnalyzer,
  gatewayAnalyzer,
  policyAnalyzer,
]);
