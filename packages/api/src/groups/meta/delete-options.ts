import { boolean, type Infer, integer, object, type Schema, string } from '../../schema/index.ts';
import { stringList } from './fields.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const options = object(
  'How an object is deleted.',
  {
    apiVersion: string('Version of the options.'),
    kind: string('DeleteOptions.'),
    gracePeriodSeconds: integer('Seconds that the object gets to end; 0 deletes at once.', { format: 'int64' }),
    preconditions: object(
      'What must be true of the object.',
      { uid: string('Its identity.'), resourceVersion: string('Its version.') },
      { name: `${META}.Preconditions` },
    ),
    orphanDependents: boolean('Older form of propagationPolicy.'),
    propagationPolicy: string('What happens to dependents: Orphan, Background or Foreground.'),
    dryRun: stringList('All: nothing is changed.', 'A stage.'),
    ignoreStoreReadErrorWithClusterBreakingPotential: boolean('An object that cannot be read is deleted all the same.'),
  },
  { name: `${META}.DeleteOptions` },
);

/** How an object is deleted. */
export type DeleteOptions = Infer<typeof options>;

/** How an object is deleted. */
export function deleteOptions(description: string): Schema<DeleteOptions> {
  return { ...options, description };
}
