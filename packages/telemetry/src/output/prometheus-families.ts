import { compareText, type TagPart } from '../names/stat-name.ts';
import type { StatField, StatKind } from '../registry/definition.ts';
import type { ScopeView, StatGroup, StatsView } from '../registry/stat-group.ts';
import type { TaggedName, TagRules } from '../tags/tag-rules.ts';
import { formatLabels, metricName } from './prometheus-names.ts';

/** One statistic of a family. */
export interface FamilyMember {
  readonly name: string;
  readonly labels: string;
  readonly field: StatField;
  readonly group: StatGroup;
}

/** The statistics of one definition in all scopes where they lead to the same metrics. */
interface Shape {
  readonly fields: readonly StatField[];
  /** The metric of each field. */
  readonly metrics: readonly string[];
  /** What of a field's labels does not come from its scope. Undefined if labels have to be worked out for each statistic. */
  readonly leafTags: readonly (readonly TagPart[])[] | undefined;
  readonly members: ShapeMember[];
}

/** One scope of a shape. */
interface ShapeMember {
  readonly scope: ScopeView;
  readonly group: StatGroup;
  /** The labels that come from the scope; empty if labels have to be worked out for each statistic. */
  readonly labels: string;
}

/** Which fields of a shape are in a family. */
interface Source {
  readonly shape: Shape;
  readonly fields: number[];
}

/** What has one metric. */
interface Family {
  /** The name that the metric was made of: families are ordered by it, as Envoy does. */
  readonly name: string;
  readonly sources: Source[];
}

/**
 * Sorts statistics into metric families. Thousands of clusters with the same statistics make one shape, so that what has to be kept
 * is a list of scopes, not of statistics.
 */
export class PrometheusFamilies {
  readonly #rules: TagRules;
  readonly #kind: StatKind;
  /** Keys: what the fields are taken from, and what distinguishes the shapes made of it. */
  readonly #shapes = new Map<readonly StatField[], Map<string, Shape>>();
  /** Key: the metric. */
  readonly #families = new Map<string, Family>();

  constructor(rules: TagRules, kind: StatKind) {
    this.#rules = rules;
    this.#kind = kind;
  }

  /** Sorts in all statistics of the kind; yields now and then for others to run. */
  *collect(view: StatsView): Generator<void, void, undefined> {
    let steps = 0;
    for (const scope of view.scopes) {
      for (const group of scope.groups()) {
        const fields = fieldsOf(group, this.#kind);
        if (fields.length > 0) this.#add(fields, scope, group);
      }
      if (++steps % 256 === 0) yield;
    }
  }

  /** The metrics, ordered. */
  metrics(): readonly string[] {
    const families = [...this.#families].sort(([, a], [, b]) => compareText(a.name, b.name));
    return families.map(([metric]) => metric);
  }

  /** The statistics of a metric. */
  *members(metric: string): Generator<FamilyMember, void, undefined> {
    for (const { shape, fields } of this.#families.get(metric)?.sources ?? []) {
      const leafLabels = shape.leafTags?.map(formatLabels);
      for (const { scope, group, labels } of shape.members) {
        for (const at of fields) {
          const field = shape.fields[at]!;
          const leaf = leafLabels?.[at];
          yield {
            name: scope.name.text + field.name.text,
            labels:
              leaf === undefined ? formatLabels(tagged(this.#rules, scope, field).tags) : joinLabels(leaf, labels),
            field,
            group,
          };
        }
      }
    }
  }

  #add(fields: readonly StatField[], scope: ScopeView, group: StatGroup): void {
    let shapes = this.#shapes.get(fields);
    if (shapes === undefined) {
      shapes = new Map();
      this.#shapes.set(fields, shapes);
    }
    // Their tags are the same for all fields, and so is what is left of their name.
    const prefix =
      this.#rules.isPlain && scope.name.tags.length > 0 ? tagged(this.#rules, scope, undefined) : undefined;
    let names: readonly TaggedName[] | undefined;
    if (prefix === undefined) names = fields.map((field) => tagged(this.#rules, scope, field));
    // Kinds of keys differ in how they begin.
    const key = prefix === undefined ? names!.map(({ name }) => `\n${name}`).join('') : prefix.name;
    let shape = shapes.get(key);
    if (shape === undefined) {
      names ??= fields.map((field) => tagged(this.#rules, scope, field));
      shape = this.#createShape(fields, names, prefix?.tags);
      shapes.set(key, shape);
    }
    shape.members.push({ scope, group, labels: prefix === undefined ? '' : formatLabels(prefix.tags) });
  }

  #createShape(
    fields: readonly StatField[],
    names: readonly TaggedName[],
    scopeTags: readonly TagPart[] | undefined,
  ): Shape {
    const isOfScope = (tag: TagPart) => scopeTags?.some((other) => other.tag === tag.tag) === true;
    const shape: Shape = {
      fields,
      metrics: names.map(({ name }) => metricName(name)),
      leafTags: scopeTags === undefined ? undefined : names.map(({ tags }) => tags.filter((tag) => !isOfScope(tag))),
      members: [],
    };
    for (const [i, metric] of shape.metrics.entries()) {
      const family = this.#families.get(metric) ?? { name: names[i]!.name, sources: [] };
      this.#families.set(metric, family);
      const last = family.sources.at(-1);
      if (last?.shape === shape) last.fields.push(i);
      else family.sources.push({ shape, fields: [i] });
    }
    return shape;
  }
}

/** The tags of a statistic or, without a field, of what the scope's names begin with. */
function tagged(rules: TagRules, scope: ScopeView, field: StatField | undefined): TaggedName {
  const { text, tags } = scope.name;
  if (field === undefined) return rules.extract(text, tags);
  const leaf = field.name.tags.map((tag) => ({ ...tag, start: tag.start + text.length, end: tag.end + text.length }));
  return rules.extract(text + field.name.text, leaf.length === 0 ? tags : [...tags, ...leaf]);
}

function joinLabels(a: string, b: string): string {
  if (a === '') return b;
  return b === '' ? a : `${a},${b}`;
}

/** The fields of a kind; the same list for every block of a definition, since it is what shapes are found by. */
function fieldsOf({ definition }: StatGroup, kind: StatKind): readonly StatField[] {
  switch (kind) {
    case 'counter':
      return definition.counters;
    case 'gauge':
      return definition.gauges;
    case 'text':
      return definition.texts;
    case 'histogram':
      return definition.histograms;
  }
}
