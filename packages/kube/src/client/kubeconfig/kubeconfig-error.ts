import { MeshError } from '@weft/core';

/** A kubeconfig that cannot be used: where in it, what, and what to do. */
export function kubeconfigError(where: string, problem: string, hint?: string, cause?: unknown): MeshError {
  return new MeshError('MESH_KUBECONFIG', `${where}: ${problem}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}
