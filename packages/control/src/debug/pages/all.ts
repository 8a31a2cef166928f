import type { DebugPage } from '../debug-page.ts';
import { adsz } from './adsz.ts';
import { configDump } from './config-dump.ts';
import { configz } from './configz.ts';
import { endpointz } from './endpointz.ts';
import { mesh } from './mesh.ts';
import { pushStatus } from './push-status.ts';
import { registryz } from './registryz.ts';
import { sidecarz } from './sidecarz.ts';
import { syncz } from './syncz.ts';

/** Every page, in the order of the index. Adding one is one file and one line here. */
export const debugPages: readonly DebugPage[] = [
  syncz,
  adsz,
  pushStatus,
  configDump,
  registryz,
  endpointz,
  configz,
  sidecarz,
  mesh,
];
