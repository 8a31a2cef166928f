/** Sequences of writes recorded from Kubernetes' own implementation: the same writes must have the same outcomes here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type ApiObject, object, type Schema } from '@weft/api';
import { applyConflict } from '../../shared/api-errors.ts';
import { isObject } from '../json.ts';
import { applyStrategicMerge } from '../strategic-merge.ts';
import { workloadSchema } from '../test-support/workload-schema.ts';
import { applyConfig } from './apply.ts';
import { trackUpdate } from './update.ts';
import { typesOfSchema } from './versioned-types.ts';

interface RecordedStep {
  readonly op: 'apply' | 'update';
  readonly manager: string;
  readonly force?: boolean;
  readonly object: ApiObject;
  /** The stored object afterwards, without apiVersion and kind. */
  readonly result?: object;
  readonly refusal?: string;
}

function read(file: string): never[] {
  return JSON.parse(readFileSync(new URL(`../testdata/${file}`, import.meta.url), 'utf8')) as never[];
}

/** Absent and null are the same for the recorded server, and so is the order of members and of managers. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(
    entries.map(([name, member]) => [name, name === 'managedFields' ? byManager(member) : normal(member)]),
  );
}

function byManager(value: unknown): unknown {
  const identity = (entry: unknown) => {
    const { operation, manager } = entry as { operation: string; manager: string };
    return `${operation} ${manager}`;
  };
  return (value as unknown[]).map(normal).toSorted((a, b) => (identity(a) < identity(b) ? -1 : 1));
}

function withParsedAnnotation(value: unknown): unknown {
  const name = 'kubectl.kubernetes.io/last-applied-configuration';
  const annotations = (value as ApiObject | undefined)?.metadata?.annotations;
  if (annotations?.[name] !== undefined) annotations[name] = JSON.parse(annotations[name]);
  return value;
}

function replay(file: string, schema: Schema): void {
  for (const [i, recorded] of read(file).entries()) {
    test(`${file}: sequence ${i}`, () => {
      let live: ApiObject | undefined;
      for (const step of (recorded as { steps: RecordedStep[] }).steps) {
        const { apiVersion, kind } = step.object;
        const write = {
          types: typesOfSchema(schema, apiVersion),
          apiVersion,
          manager: step.manager,
          time: '2024-01-01T00:00:00Z',
        };
        if (step.op === 'update') live = trackUpdate(live, step.object, write);
        else {
          const result = applyConfig({ ...write, live, config: step.object, isForced: step.force === true });
          assert.equal(
            result.kind === 'conflict' ? lines(applyConflict(result.conflicts).message) : undefined,
            lines(step.refusal),
          );
          if (result.kind === 'conflict') continue;
          live = { ...result.object, metadata: { ...result.object.metadata, uid: 'u' } };
        }
        const expected = { apiVersion, kind, ...step.result };
        live = normal(live) as ApiObject;
        assert.deepEqual(withParsedAnnotation(structuredClone(live)), withParsedAnnotation(normal(expected)));
      }
    });
  }
}

/** The recorded server tells the managers of a conflict in no particular order. */
function lines(text: string | undefined): string | undefined {
  return text?.replaceAll('conflicts: ', 'conflicts:\n').split('\n').sort().join('\n');
}

replay('apply-typed.json', workloadSchema);
replay('apply-schemaless.json', object('Free.', {}, { preserveUnknown: true }));

for (const [i, recorded] of read('strategic-merge.json').entries()) {
  test(`strategic-merge.json: patch ${i}`, () => {
    const { original, patch, result } = recorded as Record<'original' | 'patch' | 'result', Record<string, unknown>>;
    assert.deepEqual(normal(applyStrategicMerge(workloadSchema, original, patch)), normal(result));
  });
}
