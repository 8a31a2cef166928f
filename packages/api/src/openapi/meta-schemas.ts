/** The types of the API itself, which are no kinds: lists' metadata, options of requests, answers. */
import { any, anyObject, boolean, integer, list, object, required, string } from '../schema/index.ts';
import { META_PACKAGE } from './component-names.ts';

/** The metadata of a list. */
export const listMeta = object(
  'Where a list stands in time, and how to get the rest of it.',
  {
    continue: string('Token for the next page; empty on the last one.'),
    remainingItemCount: integer('How many items are left after this page.', { format: 'int64' }),
    resourceVersion: string('Version of the list, from which a watch can go on.'),
    selfLink: string('No longer used.'),
  },
  { name: `${META_PACKAGE}ListMeta` },
);

const preconditions = object(
  'What must hold of the object before it is deleted.',
  { resourceVersion: string('Version it must have.'), uid: string('Identity it must have.') },
  { name: `${META_PACKAGE}Preconditions` },
);

/** The body of a DELETE. */
export const deleteOptions = object(
  'How an object is deleted.',
  {
    apiVersion: string('Version of these options.'),
    kind: string('DeleteOptions.'),
    dryRun: list('All: do everything but store.', string('Stage.'), { listType: 'atomic' }),
    gracePeriodSeconds: integer('Seconds that the object may take to go; 0 removes it at once.', { format: 'int64' }),
    orphanDependents: boolean('Deprecated form of propagationPolicy.'),
    preconditions,
    propagationPolicy: string('What happens to dependents: Orphan, Background or Foreground.'),
  },
  { name: `${META_PACKAGE}DeleteOptions` },
);

const statusCause = object(
  'One of several reasons of a failure.',
  {
    field: string('Field that caused it.'),
    message: string('What is wrong, for people.'),
    reason: string('What is wrong, for machines.'),
  },
  { name: `${META_PACKAGE}StatusCause` },
);

const statusDetails = object(
  'What a failure is about.',
  {
    causes: list('Single reasons.', statusCause, { listType: 'atomic' }),
    group: string('Group of the kind.'),
    kind: string('Resource or kind.'),
    name: string('Name of the object.'),
    retryAfterSeconds: integer('When to try again.'),
    uid: string('Identity of the object.'),
  },
  { name: `${META_PACKAGE}StatusDetails` },
);

/** The answer to a request that returns no object. */
export const status = object(
  'The outcome of a request.',
  {
    apiVersion: string('Version of this answer.'),
    kind: string('Status.'),
    code: integer('HTTP status code.'),
    details: statusDetails,
    message: string('What happened, for people.'),
    metadata: listMeta,
    reason: string('What happened, for machines.'),
    status: string('Success or Failure.'),
  },
  { name: `${META_PACKAGE}Status` },
);

/** The body of a PATCH: its form is said by the content type. */
export const patch = anyObject('A patch in the form that the content type names.', { name: `${META_PACKAGE}Patch` });

/** One event of a watch. */
export const watchEvent = object(
  'A change that a watch tells of.',
  {
    object: required(any('The object after the change, or a Status.')),
    type: required(string('ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.')),
  },
  { name: `${META_PACKAGE}WatchEvent` },
);
