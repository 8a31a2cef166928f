/** Endpoints by locality and priority, as a client with a locality setting is to use them (SEMANTICS 21). */
import type { Locality } from '../../mesh/index.ts';
import { compareText } from '../../mesh/names/object-ref.ts';
import { type ClientView, isWithin, localityText } from './client-view.ts';
import type { LocalitySetting } from './locality-setting.ts';
import { labelOf, type Place } from './place.ts';

/** Endpoints of one locality with one priority. */
export interface LocalityGroup {
  readonly locality: Locality;
  /** 0 is used first; there are no gaps. */
  readonly priority: number;
  readonly weight: number;
  readonly places: readonly Place[];
}

/** One region never has more ranks than these: same subzone, zone, region; elsewhere where failover leads; elsewhere. */
const RANKS_OF_LOCALITY = 5;

/** Groups endpoints; sorted by locality, and in it by priority. */
export function localityGroups(
  places: readonly Place[],
  setting: LocalitySetting | undefined,
  client: ClientView,
): readonly LocalityGroup[] {
  const rank = setting === undefined ? undefined : rankingFor(places, setting, client);
  const groups = withoutGaps(grouped(places, rank ?? (() => 0)));
  return setting === undefined ? groups : distributed(groups, setting, client);
}

/** Lower ranks are used first; undefined when all are alike. */
function rankingFor(
  places: readonly Place[],
  { isRanked, failover, failoverPriority, usesHints }: LocalitySetting,
  client: ClientView,
): ((place: Place) => number) | undefined {
  if (!isRanked) return usesHints ? hintRanking(places, client) : undefined;
  const byLocality = ({ locality }: Place): number => localityRank(client.locality, locality, failover);
  if (failoverPriority.length === 0) return byLocality;
  const byLabels = labelRanking(failoverPriority, client);
  return failover.length === 0 ? byLabels : (place) => byLabels(place) * RANKS_OF_LOCALITY + byLocality(place);
}

function localityRank(own: Locality, other: Locality, failover: LocalitySetting['failover']): number {
  if (own.region !== other.region) {
    const rule = failover.find(({ from }) => from === own.region);
    return rule !== undefined && rule.to !== other.region ? 4 : 3;
  }
  if (own.zone !== other.zone) return 2;
  return own.subzone === other.subzone ? 0 : 1;
}

/** The rank is the number of labels from the first that differs on; `key=value` wants a value that need not be the client's. */
function labelRanking(labels: readonly string[], client: ClientView): (place: Place) => number {
  const wanted = labels.map((label) => {
    const equals = label.indexOf('=');
    if (equals < 0) return { key: label, value: labelOf(client, label) };
    return { key: label.slice(0, equals), value: label.slice(equals + 1) };
  });
  return (place) => {
    const differs = wanted.findIndex(({ key, value }) => place.label(key) !== value);
    return differs < 0 ? 0 : wanted.length - differs;
  };
}

/** As Kubernetes has it, hints count only when all endpoints that are ready have some, and one is for the zone of the client. */
function hintRanking(
  places: readonly Place[],
  { locality: { zone } }: ClientView,
): ((place: Place) => number) | undefined {
  const isHinted = ({ hintedZones }: Place): boolean => hintedZones.includes(zone);
  const ready = places.filter(({ isReady }) => isReady);
  if (zone === '' || !ready.some(isHinted) || ready.some(({ hintedZones }) => hintedZones.length === 0))
    return undefined;
  return (place) => (isHinted(place) ? 0 : 1);
}

function grouped(places: readonly Place[], rank: (place: Place) => number): readonly LocalityGroup[] {
  const byKey = new Map<string, { locality: Locality; priority: number; places: Place[] }>();
  for (const place of places) {
    const priority = rank(place);
    const key = `${localityText(place.locality)} ${priority}`;
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, { locality: place.locality, priority, places: [place] });
    else group.places.push(place);
  }
  return [...byKey.values()]
    .map((group) => ({ ...group, weight: sumOf(group.places) }))
    .toSorted((a, b) => compareText(localityText(a.locality), localityText(b.locality)) || a.priority - b.priority);
}

/** Priorities must follow each other. */
function withoutGaps(groups: readonly LocalityGroup[]): readonly LocalityGroup[] {
  const used = [...new Set(groups.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  return groups.map((group) => ({ ...group, priority: used.indexOf(group.priority) }));
}

/** Shares of the localities for clients of the first rule that is for this client's; localities without a share get nothing. */
function distributed(
  groups: readonly LocalityGroup[],
  { distribute }: LocalitySetting,
  { locality }: ClientView,
): readonly LocalityGroup[] {
  const rule = distribute.find(({ from = '' }) => isWithin(locality, from));
  if (rule === undefined) return groups;
  const shares = Object.entries(rule.to ?? {});
  const shareOf = (group: LocalityGroup) => shares.find(([pattern]) => isWithin(group.locality, pattern));
  const totals = new Map<string, number>();
  for (const group of groups) {
    const [pattern] = shareOf(group) ?? [];
    if (pattern !== undefined) totals.set(pattern, (totals.get(pattern) ?? 0) + group.weight);
  }
  return groups.flatMap((group) => {
    const [pattern, share] = shareOf(group) ?? [];
    if (pattern === undefined || share === undefined) return [];
    return { ...group, weight: Math.ceil((group.weight * share) / totals.get(pattern)!) };
  });
}

function sumOf(places: readonly Place[]): number {
  return places.reduce((sum, { weight }) => sum + weight, 0);
}
