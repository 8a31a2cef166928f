import type { MeshSettings } from '../../mesh/model/index.ts';
import { durationJson, NO_TIMEOUT } from '../json/values.ts';

/** How long a listener waits for the first bytes that tell the protocol; no limit unless the mesh has one. */
export function detectionTimeout({ config }: MeshSettings): string {
  return durationJson(config.protocolDetectionTimeout ?? '') ?? NO_TIMEOUT;
}
