import { DEFAULT_BUCKETS } from '../histogram/statistics.ts';
import { TagRules } from '../tags/tag-rules.ts';

/** What the configuration says about showing statistics. */
export interface StatsRules {
  readonly tags: TagRules;
  /** Whether a statistic exists as far as anybody can see. */
  accepts(name: string): boolean;
  /** The bounds of the buckets that a histogram is shown with, ascending. */
  bucketsOf(name: string): readonly number[];
}

/** What holds without configuration. */
export const DEFAULT_STATS_RULES: StatsRules = {
  tags: new TagRules(),
  accepts: () => true,
  bucketsOf: () => DEFAULT_BUCKETS,
};
