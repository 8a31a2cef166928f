/** Metrics with labels, for pages that Prometheus reads: a few dozen, written far from any hot path. */

type Labels = Readonly<Record<string, string>>;

/** A number with labels that only grows, or that is set. */
export interface Metric {
  add(amount: number, labels?: Labels): void;
  set(value: number, labels?: Labels): void;
}

/** Times or sizes in buckets. */
export interface Distribution {
  record(value: number, labels?: Labels): void;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  lines(this: void): Iterable<string>;
}

/** Label values come from configuration and from proxies: beyond so many sets of them a metric takes no new ones. */
const MOST_SERIES = 1000;

/** A page of metrics. */
export class MetricSet {
  readonly #families: Family[] = [];

  counter(name: string, help: string): Metric {
    return this.#numbers(name, help, 'counter');
  }

  gauge(name: string, help: string): Metric {
    return this.#numbers(name, help, 'gauge');
  }

  /** `bounds` are the upper ends of the buckets, ascending; the last one, infinity, is added. */
  histogram(name: string, help: string, bounds: readonly number[]): Distribution {
    const series = new Map<string, { readonly counts: number[]; sum: number }>();
    this.#families.push({
      name,
      help,
      type: 'histogram',
      *lines() {
        for (const [labels, { counts, sum }] of series) {
          const withBound = (bound: string) => `{${labels}${labels === '' ? '' : ','}le="${bound}"}`;
          let total = 0;
          for (const [i, count] of counts.entries()) {
            total += count;
            yield `${name}_bucket${withBound(i < bounds.length ? String(bounds[i]) : '+Inf')} ${total}`;
          }
          const own = labels === '' ? '' : `{${labels}}`;
          yield `${name}_sum${own} ${sum}`;
          yield `${name}_count${own} ${total}`;
        }
      },
    });
    return {
      record: (value, labels) => {
        const key = textOf(labels);
        let one = series.get(key);
        if (one === undefined) {
          if (series.size >= MOST_SERIES) return;
          one = { counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
          series.set(key, one);
        }
        const at = bounds.findIndex((bound) => value <= bound);
        one.counts[at === -1 ? bounds.length : at]! += 1;
        one.sum += value;
      },
    };
  }

  /** Everything in Prometheus' text form. */
  format(): string {
    const lines: string[] = [];
    for (const { name, help, type, lines: samples } of this.#families) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples());
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  #numbers(name: string, help: string, type: 'counter' | 'gauge'): Metric {
    const series = new Map<string, number>();
    const write = (key: string, value: number) => {
      if (series.has(key) || series.size < MOST_SERIES) series.set(key, value);
    };
    this.#families.push({
      name,
      help,
      type,
      *lines() {
        for (const [labels, value] of series) yield `${name}${labels === '' ? '' : `{${labels}}`} ${value}`;
      },
    });
    return {
      add: (amount, labels) => {
        const key = textOf(labels);
        write(key, (series.get(key) ?? 0) + amount);
      },
      set: (value, labels) => write(textOf(labels), value),
    };
  }
}

function textOf(labels: Labels = {}): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
