/** `/healthz`, `/livez`, `/readyz`, and one check of them such as `/livez/ping`: `ok`, or with `?verbose` one line a check. */
import { type ApiRequest, type ApiResponse, textResponse } from '../exchange.ts';
import type { PathHandler } from '../handler.ts';

/** One thing that must be in order; undefined when it is, otherwise the reason. */
export interface HealthCheck {
  readonly name: string;
  readonly check: () => string | undefined;
  /** A server that only cannot take work yet is alive, but not ready. */
  readonly isReadinessOnly?: boolean;
}

const PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** Health over a list of checks. */
export function healthHandler(checks: readonly HealthCheck[]): PathHandler {
  return {
    name: 'health',
    answer(request: ApiRequest): ApiResponse | undefined {
      const [, root = '', only, ...more] = request.path.replace(/\/$/, '').split('/');
      const path = `/${root}`;
      if (!PATHS.has(path) || more.length > 0) return undefined;
      const asked = checks.filter((c) => path === '/readyz' || c.isReadinessOnly !== true);
      const relevant = asked.filter((c) => only === undefined || c.name === only);
      if (relevant.length === 0) return undefined;
      const results = relevant.map((c) => ({ name: c.name, problem: c.check() }));
      const isHealthy = results.every((r) => r.problem === undefined);
      if (isHealthy && !request.query.has('verbose')) return textResponse(200, 'ok');
      const lines = results.map((r) =>
        r.problem === undefined ? `[+]${r.name} ok` : `[-]${r.name} failed: ${r.problem}`,
      );
      const verdict = `${path.slice(1)} check ${isHealthy ? 'passed' : 'failed'}`;
      return textResponse(isHealthy ? 200 : 500, `${[...lines, verdict].join('\n')}\n`);
    },
  };
}
