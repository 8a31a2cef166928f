/** Every case, by topic. */
import type { OracleCase } from '../case.ts';
import { collectionCases } from './collections.ts';
import { corpusCases } from './corpus.ts';
import { customCases } from './custom.ts';
import { kindCases } from './kinds.ts';
import { objectCases } from './objects.ts';
import { patchCases } from './patches.ts';
import { pathCases } from './paths.ts';
import { subresourceCases } from './subresources.ts';

export const allCases: readonly OracleCase[] = [
  ...objectCases,
  ...patchCases,
  ...collectionCases,
  ...subresourceCases,
  ...kindCases,
  ...customCases,
  ...pathCases,
  ...corpusCases,
];
