/** Templates that users write: a strategic merge patch of a pod, as YAML. */
import { prune } from '@weft/api';
import { describeError, err, MeshError, ok, type Result } from '@weft/core';
import { applyStrategicMerge } from '@weft/kube/patch';
import { readYamlObject } from '../annotation-checks.ts';
import type { PodOverlay } from '../pod-types.ts';
import { podSchema } from '../read-pod.ts';
import type { InjectionTemplate } from './template.ts';

const MEMBERS: ReadonlySet<string> = new Set(['metadata', 'spec']);

/** Reads a template; refuses Go templates by name, and what no pod can hold. */
export function parseYamlTemplate(name: string, text: string): Result<InjectionTemplate, string> {
  const refuse = (why: string): Result<InjectionTemplate, string> => err(`template ${name}: ${why}`);
  if (text.includes('{{')) {
    return refuse(
      'is a Go template, which is not served: leave out sidecar and gateway, which are built in, and write others as a strategic merge patch in YAML',
    );
  }
  const patch = readYamlObject(text);
  if (typeof patch === 'string') return refuse(patch);
  const stray = Object.keys(patch).find((member) => !MEMBERS.has(member));
  if (stray !== undefined) return refuse(`holds ${stray}, expected metadata and spec of a pod`);
  try {
    const alone = applyStrategicMerge(podSchema, {}, patch);
    // Only a merge with something of the same kind finds items that have no name to be merged by.
    applyStrategicMerge(podSchema, alone, patch);
    const { unknown } = prune(podSchema, alone);
    if (unknown.length > 0) return refuse(`unknown field "${unknown[0]}"`);
  } catch (error: unknown) {
    if (!(error instanceof MeshError)) throw error;
    return refuse(describeError(error));
  }
  const overlay = patch as PodOverlay;
  return ok(() => overlay);
}
