export {
  type CompileMatcher,
  type ConfigProblem,
  compileStatsConfig,
  type StatsConfigInput,
  type StatsMatcherInput,
} from './config/stats-config.ts';
export { type Cells, countOf, mergeCells } from './histogram/cells.ts';
export { type FlushQueue, Histogram, PERCENT_SCALE } from './histogram/histogram.ts';
export { DEFAULT_BUCKETS, QUANTILES, quantilesOf, sumOf } from './histogram/statistics.ts';
export type { NamePart, PlacedTag, StatName, TagPart } from './names/stat-name.ts';
export { sanitizeName } from './names/stat-name.ts';
export { CONTENT_TYPES, formatStats } from './output/format-stats.ts';
export {
  ALL_STATS,
  type BucketMode,
  type CompileFilter,
  parseStatsQuery,
  type StatsFormat,
  type StatsQuery,
  type StatsType,
} from './output/stats-query.ts';
export { DEFAULT_STATS_RULES, type StatsRules } from './output/stats-rules.ts';
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
export { mergeViews } from './snapshot/merge-views.ts';
export {
  mergeSnapshots,
  type SnapshotText,
  type StatsSnapshot,
  takeSnapshot,
  transferablesOf,
  viewSnapshot,
} from './snapshot/snapshot.ts';
export { type TaggedName, TagRules, type TagRulesOptions } from './tags/tag-rules.ts';
