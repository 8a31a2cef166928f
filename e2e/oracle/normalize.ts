/** Makes answers of two servers comparable: what differs from run to run is replaced by what it stands for. */

type Json = Readonly<Record<string, unknown>>;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
const AGE = /^(?:<invalid>|(?:\d+[smh]){1,2})$/;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const JWT = /^ey[\w-]+\.[\w-]+\.[\w-]+$/;
const TOLD_REVISION =
  /((?:ResourceVersion in precondition: |ResourceVersion in object meta: |resource version: |current: |resourceVersion |ResourceVersion in record \()\d+(?: \(\d+\))?)/g;
const CIDR = /\b10\.\d+\.\d+\.\d+\/\d+/g;
/** Names of Go types say nothing to people. */
const GO_FIELD = /Go struct field \w*\.([\w.]+) of type [^\s"\\]+/g;
const LOWEST_NODE_PORT = 30_000;

/** Replaces the values of one case; the same value is always replaced by the same text, so that a changed one shows. */
export class Normalizer {
  private readonly namespace: string;
  /** Value of a resourceVersion or uid to what stands for it. */
  private readonly names = new Map<string, string>();
  private step = -1;
  /** How many were named in this step, by kind. */
  private readonly inStep = new Map<string, number>();

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** The answers of the next step follow. */
  nextStep(): void {
    this.step++;
    this.inStep.clear();
  }

  /** A text of an answer. */
  text(value: string): string {
    return value
      .replaceAll(this.namespace, '{ns}')
      .replaceAll(UID, (uid) => this.named('uid', uid))
      .replaceAll(CIDR, '<range>')
      .replaceAll(GO_FIELD, 'Go struct field <struct>.$1 of type <type>')
      .replaceAll(TOLD_REVISION, (told) => told.replaceAll(/\d+/g, '<revision>'));
  }

  /** A JSON answer, or a part of one. */
  json(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    if (typeof value === 'string') return TIME.test(value) ? '<time>' : JWT.test(value) ? '<token>' : this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    const object = value as Json;
    const entries = Object.entries(object).map(([field, item]) => [this.text(field), this.field(object, field, item)]);
    return Object.fromEntries(entries) as unknown;
  }

  private field(object: Json, field: string, value: unknown): unknown {
    switch (field) {
      case 'resourceVersion':
        if (typeof value !== 'string' || !/^[1-9]\d*$/.test(value)) return value;
        return object['uid'] === undefined ? '<revision>' : this.named('revision', value);
      case 'continue':
        return value === '' ? value : '<continue>';
      case 'causes':
        return this.json(sortedCauses(value as Json[]));
      case 'name':
        return this.generated(object, value);
      case 'clusterIP':
      case 'clusterIPs':
        return JSON.parse(JSON.stringify(value).replaceAll(/10(?:\.\d+){3}/g, '<ip>')) as unknown;
      case 'nodePort':
      case 'healthCheckNodePort':
        return Number(value) >= LOWEST_NODE_PORT ? '<port>' : value;
      case 'cells':
        return (value as unknown[]).map((cell) => this.cell(cell));
      case 'managedFields':
        return Array.isArray(value) ? sortedManagers(value as Json[]).map((entry) => this.json(entry)) : value;
      default:
        return this.json(value);
    }
  }

  private generated(object: Json, name: unknown): unknown {
    const base = object['generateName'];
    if (typeof base !== 'string' || typeof name !== 'string' || !name.startsWith(base.slice(0, 58)))
      return this.json(name);
    return `${this.text(name.slice(0, -5))}<suffix>`;
  }

  private cell(value: unknown): unknown {
    if (typeof value !== 'string') return this.json(value);
    if (AGE.test(value)) return '<age>';
    return this.json(value.replaceAll(/\b10(?:\.\d+){3}\b/g, '<ip>').replaceAll(/:3\d{4}\//g, ':<port>/'));
  }

  /** Named for the step that showed it first, so that one missing object does not rename all others. */
  private named(kind: string, value: string): string {
    const key = `${kind} ${value}`;
    let name = this.names.get(key);
    if (name === undefined) {
      const count = (this.inStep.get(kind) ?? 0) + 1;
      this.inStep.set(kind, count);
      name = `<${kind} of step ${this.step}${count === 1 ? '' : `, ${count}`}>`;
      this.names.set(key, name);
    }
    return name;
  }
}

/** Conflicts of several managers are told in any order. */
function sortedCauses(causes: readonly Json[]): readonly Json[] {
  const keyOf = (cause: Json): string => JSON.stringify([cause['message'], cause['field']]);
  if (causes[0]?.['reason'] !== 'FieldManagerConflict') return causes;
  return causes.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Entries of the same second stand in any order. */
function sortedManagers(entries: readonly Json[]): readonly Json[] {
  const keyOf = (entry: Json): string =>
    JSON.stringify(['operation', 'manager', 'subresource', 'apiVersion'].map((field) => entry[field] ?? ''));
  return entries.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
