/** Annotations for scraping, pointed to the proxy, which offers the metrics of both. */
import { isPlainObject } from '@weft/api';
import { parseJson } from '@weft/core';
import { parseFlag } from './annotation-checks.ts';
import { PROMETHEUS_ENV } from './names.ts';
import type { EnvVar } from './pod-types.ts';

type Annotations = Readonly<Record<string, string>>;

const FIELDS = ['scrape', 'path', 'port'] as const;
const METRICS_PATH = '/stats/prometheus';

/** Annotations that were pointed to the proxy. */
export interface MergedMetrics {
  readonly annotations: Annotations;
  /** Variable of the proxy with what the workload said; undefined when it said nothing. */
  readonly env: EnvVar | undefined;
}

/** Points the annotations to the proxy; undefined when the pod is not to be scraped. */
export function mergeMetrics(given: Annotations, statusPort: number): MergedMetrics | undefined {
  const own = scrapeFields(given);
  if (parseFlag(own.scrape) === false) return undefined;
  // The workload serves at the proxy's port: whoever wrote this knows what he does.
  if (own.port === String(statusPort)) return undefined;
  const annotations = {
    ...withoutScrape(given),
    [nameOf('scrape')]: 'true',
    [nameOf('port')]: String(statusPort),
    [nameOf('path')]: METRICS_PATH,
  };
  const isEmpty = Object.keys(own).length === 0;
  return { annotations, env: isEmpty ? undefined : { name: PROMETHEUS_ENV, value: JSON.stringify(own) } };
}

/** The opposite of `mergeMetrics`. */
export function restoreMetrics(given: Annotations, original: string | undefined): Annotations {
  if (given[nameOf('path')] !== METRICS_PATH) return given;
  const parsed = original === undefined ? undefined : parseJson(original);
  const members = parsed?.kind === 'ok' && isPlainObject(parsed.value) ? parsed.value : {};
  const rest = Object.entries(given).filter(([name]) => !FIELDS.some((field) => name === nameOf(field)));
  const restored = FIELDS.filter((field) => typeof members[field] === 'string').map(
    (field) => [nameOf(field), members[field] as string] as const,
  );
  return Object.fromEntries([...rest, ...restored]);
}

function nameOf(field: (typeof FIELDS)[number]): string {
  return `prometheus.io/${field}`;
}

/** Prometheus sees annotations with every sign replaced, so that several spellings mean the same. */
function fieldOf(name: string): (typeof FIELDS)[number] | undefined {
  const seen = name.replace(/[^A-Za-z0-9_]/g, '_');
  return FIELDS.find((field) => seen === `prometheus_io_${field}`);
}

function scrapeFields(annotations: Annotations): Partial<Record<(typeof FIELDS)[number], string>> {
  const entries = Object.entries(annotations);
  const found = FIELDS.map((field) => [field, entries.findLast(([name]) => fieldOf(name) === field)?.[1]] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function withoutScrape(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => fieldOf(name) === undefined));
}
