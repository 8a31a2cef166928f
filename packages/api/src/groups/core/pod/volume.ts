import { type Infer, object, required, string } from '../../../schema/index.ts';
import { diskVolumeSources, networkVolumeSources } from './volume-drivers.ts';
import { nodeVolumeSources, objectVolumeSources } from './volume-sources.ts';

/** Everything a volume can be made from, by the name of its field. */
export const volumeSources = {
  ...nodeVolumeSources,
  ...objectVolumeSources,
  ...networkVolumeSources,
  ...diskVolumeSources,
} as const;

/** A directory that containers of a pod can mount. */
export const volume = object(
  'A directory that containers of the pod can mount.',
  { name: required(string('Name of the volume, unique in the pod.')), ...volumeSources },
  { name: 'io.k8s.api.core.v1.Volume' },
);

/** A directory that containers of a pod can mount. */
export type Volume = Infer<typeof volume>;
