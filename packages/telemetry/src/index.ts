export { type Cells, countOf, mergeCells } from './histogram/cells.ts';
export { type FlushQueue, Histogram, PERCENT_SCALE } from './histogram/histogram.ts';
export type { NamePart, PlacedTag, StatName, TagPart } from './names/stat-name.ts';
export { sanitizeName } from './names/stat-name.ts';
export {
  type BlockDefinition,
  type BlockShape,
  type Definition,
  defineBlock,
  type HistogramUnit,
  type StatField,
  type StatKind,
} from './registry/definition.ts';
export { Counter, Gauge, TextReadout } from './registry/handles.ts';
export { ResponseCodeStats } from './registry/response-codes.ts';
export { Scope } from './registry/scope.ts';
export { StatBlock } from './registry/stat-block.ts';
export { type HistogramData, isUsed, type ScopeView, type StatGroup, type StatsView } from './registry/stat-group.ts';
export { type RegistryOptions, StatsRegistry } from './registry/stats-registry.ts';
