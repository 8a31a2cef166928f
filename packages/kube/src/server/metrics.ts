/** Counters of the API server in Prometheus' text format, under the names that dashboards for Kubernetes use. */

/** Which request was made. */
export interface RequestLabels {
  readonly verb: string;
  readonly resource: string;
}

/** A value that is read when the metrics are. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

const BUCKETS_MS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

interface Series {
  readonly verb: string;
  readonly resource: string;
  readonly codes: Map<number, number>;
  readonly buckets: Float64Array;
  sumMs: number;
  count: number;
}

/** Counts requests and their durations; written by the handler alone. Verbs and resources are closed sets, so it is bounded. */
export class RequestMetrics {
  /** `verb/resource` to its series. */
  private readonly series = new Map<string, Series>();
  private readonly gauges: Gauge[] = [];

  /** Adds a value to the page. */
  addGauge(gauge: Gauge): void {
    this.gauges.push(gauge);
  }

  observe(labels: RequestLabels, code: number, durationMs: number): void {
    const { verb, resource } = labels;
    const key = `${verb}/${resource}`;
    let series = this.series.get(key);
    if (series === undefined) {
      series = { verb, resource, codes: new Map(), buckets: new Float64Array(BUCKETS_MS.length), sumMs: 0, count: 0 };
      this.series.set(key, series);
    }
    series.codes.set(code, (series.codes.get(code) ?? 0) + 1);
    series.sumMs += durationMs;
    series.count++;
    for (let i = 0; i < BUCKETS_MS.length; i++) if (durationMs <= BUCKETS_MS[i]!) series.buckets[i]!++;
  }

  /** The whole page. */
  render(): string {
    const lines: string[] = [
      '# HELP apiserver_request_total Requests by verb, resource and status code.',
      '# TYPE apiserver_request_total counter',
    ];
    for (const { verb, resource, codes } of this.series.values()) {
      for (const [code, count] of codes) {
        lines.push(
          `apiserver_request_total{code="${code}",resource="${resource}",verb="${verb.toUpperCase()}"} ${count}`,
        );
      }
    }
    lines.push(
      '# HELP apiserver_request_duration_seconds Time until the answer was ready.',
      '# TYPE apiserver_request_duration_seconds histogram',
    );
    for (const series of this.series.values()) lines.push(...histogramLines(series));
    for (const gauge of this.gauges) {
      lines.push(`# HELP ${gauge.name} ${gauge.help}`, `# TYPE ${gauge.name} gauge`, `${gauge.name} ${gauge.read()}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

function histogramLines(series: Series): string[] {
  const labels = `resource="${series.resource}",verb="${series.verb.toUpperCase()}"`;
  const name = 'apiserver_request_duration_seconds';
  const lines = BUCKETS_MS.map((ms, i) => `${name}_bucket{${labels},le="${ms / 1000}"} ${series.buckets[i]}`);
  lines.push(
    `${name}_bucket{${labels},le="+Inf"} ${series.count}`,
    `${name}_sum{${labels}} ${series.sumMs / 1000}`,
    `${name}_count{${labels}} ${series.count}`,
  );
  return lines;
}
