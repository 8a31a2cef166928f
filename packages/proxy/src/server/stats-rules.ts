import { err, ok, type Result } from '@weft/core';
import { type BootstrapRuntime, type CompileError, compileStringMessage, Problems } from '@weft/engine';
import { compileStatsConfig, DEFAULT_STATS_RULES, type StatsRules } from '@weft/telemetry';

/** Which statistics are shown, with which tags and buckets: what the bootstrap's `stats_config` says. */
export function compileStatsRules({ stats, runtime }: BootstrapRuntime): Result<StatsRules, readonly CompileError[]> {
  if (stats.config === undefined) return ok(DEFAULT_STATS_RULES);
  const maxProgramSize = runtime.integer('re2.max_program_size.error_level');
  const regexLimits = maxProgramSize === undefined ? undefined : { maxProgramSize };
  return compileStatsConfig(stats.config, 'stats_config', (matcher, path) => {
    const problems = new Problems();
    const compiled = compileStringMessage(matcher, path, { problems, regexLimits, unpack: () => undefined });
    return compiled === undefined ? err(problems.list()) : ok((name) => compiled.matches(name));
  });
}
