/** How requests are spread over regions, zones and sub-zones. */
import {
  boolean,
  type FieldPath,
  type Infer,
  type IssueReport,
  list,
  map,
  object,
  string,
} from '../../schema/index.ts';
import type { OutlierDetection } from './outlier-detection.ts';
import { uint32 } from './scalars.ts';

const failover = object('Region that takes over from another.', {
  from: string('Region whose endpoints are unhealthy.'),
  to: string('Region that takes over.'),
});

/** Spread of requests over localities. */
export const localityLb = object('Spread of requests over localities.', {
  distribute: list(
    'Shares of the requests that come from one locality; excludes failover.',
    object('Shares of the requests that come from one locality.', {
      from: string('Locality of the caller: region/zone/sub-zone, the last part may be "*".'),
      to: map('Locality of the endpoints to its share; shares sum to 100.', uint32('Share in percent.')),
    }),
  ),
  failover: list('Regions that take over from others; excludes distribute.', failover),
  failoverPriority: list(
    'Labels by which endpoints are ordered: the more of them, from the first, equal those of the caller, the sooner.',
    string('A label key, or key=value.'),
  ),
  enabled: boolean('Overrides the setting of the mesh.', { nullable: true }),
});

/** Spread of requests over localities. */
export type LocalityLb = Infer<typeof localityLb>;

/** Preference of endpoints in the zone of the caller. */
export const zoneAwareLb = object('Preference of endpoints in the zone of the caller, by the number of them in each.', {
  enabled: boolean('Whether the own zone is preferred.', { nullable: true }),
  minClusterSize: uint32('Endpoints in the region below which zones are ignored; 6 when absent.', { nullable: true }),
  failover: list('Regions that take over from others.', failover),
  failoverPriority: list('Labels by which endpoints are ordered.', string('A label key, or key=value.')),
});

/** Preference of endpoints in the zone of the caller. */
export type ZoneAwareLb = Infer<typeof zoneAwareLb>;

const TOPOLOGY_LABELS: ReadonlySet<string> = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
]);

/** Checks shares, overlaps and combinations. */
export function checkLocalityLb(
  setting: LocalityLb,
  outlier: OutlierDetection | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  const distribute = setting.distribute ?? [];
  if (distribute.length > 0 && (setting.failover ?? []).length > 0) {
    report.invalid(path, '', "can not simultaneously specify 'distribute' and 'failover'");
    return;
  }
  checkFailover(setting, outlier, path, report);
  if (distribute.length === 0) return;
  const at = path.child('distribute');
  for (let i = 0; i < distribute.length; i++) checkShares(distribute[i]!.to ?? {}, at.index(i).child('to'), report);
  checkLocalities(
    distribute.map((share) => share.from ?? ''),
    (i) => at.index(i).child('from'),
    report,
  );
}

/** Checks the regions that take over, and that something notices when they have to. */
export function checkFailover(
  setting: Pick<LocalityLb, 'failover' | 'failoverPriority'>,
  outlier: OutlierDetection | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  const regions = setting.failover ?? [];
  const priorities = setting.failoverPriority ?? [];
  if (regions.length > 0) {
    for (let i = 0; i < priorities.length; i++) {
      if (!TOPOLOGY_LABELS.has(priorities[i]!)) continue;
      report.invalid(
        path.child('failoverPriority').index(i),
        priorities[i],
        "can not simultaneously set 'failover' and a topology label in 'failoverPriority'",
      );
    }
  }
  if ((regions.length > 0 || priorities.length > 0) && outlier === undefined) {
    report.warn(`${path.toString()}: outlier detection policy must be provided for failover`);
  }
  for (let i = 0; i < regions.length; i++) {
    const { from = '', to = '' } = regions[i]!;
    const at = path.child('failover').index(i);
    if (from === to) report.invalid(at, from, 'locality lb failover settings must specify different regions');
    for (const [field, region] of [
      ['from', from],
      ['to', to],
    ] as const) {
      if (region.includes('/')) report.invalid(at.child(field), region, 'must name a region only');
      if (region.includes('*')) report.invalid(at.child(field), region, "region should not contain '*' wildcard");
    }
  }
}

function checkShares(shares: Readonly<Record<string, number>>, path: FieldPath, report: IssueReport): void {
  let total = 0;
  const localities = Object.keys(shares);
  for (const locality of localities) {
    const share = shares[locality]!;
    if (share < 1 || share > 100) {
      report.invalid(path.key(locality), share, 'locality weight must be in range [1, 100]');
    }
    total += share;
  }
  if (total !== 100) report.invalid(path, total, `total locality weight ${total} != 100`);
  checkLocalities(localities, (i) => path.key(localities[i]!), report);
}

/** Localities must be complete from the left, with `*` at the end only, and none may cover another. */
function checkLocalities(localities: readonly string[], pathOf: (i: number) => FieldPath, report: IssueReport): void {
  for (let i = 0; i < localities.length; i++) {
    const locality = localities[i]!;
    const star = locality.indexOf('*');
    if (star >= 0 && star !== locality.length - 1) {
      report.invalid(pathOf(i), locality, "wildcard '*' number can not exceed 1 and must be in the end");
    } else if (locality.split('/').includes('')) {
      report.invalid(pathOf(i), locality, 'must not contain empty region/zone/subzone info');
    } else if (localities.slice(0, i).some((other) => overlaps(other, locality))) {
      report.invalid(pathOf(i), locality, 'locality overlaps with previously specified ones');
    }
  }
}

function overlaps(a: string, b: string): boolean {
  const left = partsOf(a);
  const right = partsOf(b);
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) if (left[i] !== right[i]) return false;
  return true;
}

/** A trailing `*` covers everything below, like leaving the part out. */
function partsOf(locality: string): string[] {
  const parts = locality.split('/');
  if (parts.at(-1) === '*') parts.pop();
  return parts;
}
