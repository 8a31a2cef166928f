/** All functions that expressions may call. Adding one is one entry in its file; adding a file is one line here. */
import type { CelFunction } from './define.ts';
import { ipFunctions } from './ip.ts';
import { listFunctions } from './lists.ts';
import { optionalFunctions } from './optional.ts';
import { quantityFunctions } from './quantity.ts';
import { regexFunctions } from './regex.ts';
import { standardFunctions } from './standard.ts';
import { stringFunctions } from './strings.ts';
import { timeFunctions } from './time.ts';
import { urlFunctions } from './url.ts';

/** All functions, in the order in which overloads are tried. */
export const celFunctions: readonly CelFunction[] = [
  ...standardFunctions,
  ...stringFunctions,
  ...listFunctions,
  ...regexFunctions,
  ...timeFunctions,
  ...urlFunctions,
  ...ipFunctions,
  ...quantityFunctions,
  ...optionalFunctions,
];
