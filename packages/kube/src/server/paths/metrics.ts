/** `/metrics` in Prometheus' text format. */
import type { ApiRequest, ApiResponse } from '../exchange.ts';
import type { PathHandler } from '../handler.ts';
import type { RequestMetrics } from '../metrics.ts';

/** The metrics endpoint. */
export function metricsHandler(metrics: RequestMetrics): PathHandler {
  return {
    name: 'metrics',
    answer(request: ApiRequest): ApiResponse | undefined {
      if (request.path !== '/metrics') return undefined;
      const contentType = 'text/plain; version=0.0.4; charset=utf-8';
      return { kind: 'body', status: 200, contentType, body: metrics.render() };
    },
  };
}
