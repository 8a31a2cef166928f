/** The fields of jobs. */
import { boolean, enumeration, type Infer, integer, list, object, required, string } from '../../schema/index.ts';
import { labelSelector } from '../../validation/label-selector.ts';
import { podTemplateSpec } from '../core/pod/pod-template.ts';
import { timestamp } from '../meta/index.ts';

const BATCH = 'io.k8s.api.batch.v1';

const podFailurePolicyRule = object(
  'What a failure of a pod means.',
  {
    action: required(enumeration('What happens.', ['Count', 'FailIndex', 'FailJob', 'Ignore'])),
    onExitCodes: object(
      'Exit codes that the rule is for.',
      {
        containerName: string('Container that ended; any when absent.'),
        operator: required(enumeration('Relation of the code to the values.', ['In', 'NotIn'])),
        values: required(list('The codes.', integer('A code.'), { listType: 'set' })),
      },
      { name: `${BATCH}.PodFailurePolicyOnExitCodesRequirement` },
    ),
    onPodConditions: list(
      'Conditions of the pod that the rule is for; one is enough.',
      object(
        'A condition.',
        {
          type: required(string('Type of the condition.')),
          status: string('Status of the condition.', { default: 'True' }),
        },
        { name: `${BATCH}.PodFailurePolicyOnPodConditionsPattern` },
      ),
      { listType: 'atomic' },
    ),
  },
  { name: `${BATCH}.PodFailurePolicyRule` },
);

const successPolicyRule = object(
  'When the job counts as done early.',
  {
    succeededIndexes: string('Indexes that must have succeeded, such as 1,3-5.'),
    succeededCount: integer('How many of them must have succeeded.'),
  },
  { name: `${BATCH}.SuccessPolicyRule` },
);

/** Which pods run to their end. */
export const jobSpec = object(
  'Which pods run to their end, and how often.',
  {
    parallelism: integer('Pods that run at the same time.'),
    completions: integer('Pods that must succeed.'),
    activeDeadlineSeconds: integer('Seconds after which the job is ended and counts as failed.', { format: 'int64' }),
    podFailurePolicy: object(
      'What failures of pods mean.',
      { rules: required(list('Rules; the first that matches counts.', podFailurePolicyRule, { listType: 'atomic' })) },
      { name: `${BATCH}.PodFailurePolicy` },
    ),
    successPolicy: object(
      'When the job counts as done early.',
      { rules: required(list('Rules; one is enough.', successPolicyRule, { listType: 'atomic' })) },
      { name: `${BATCH}.SuccessPolicy` },
    ),
    backoffLimit: integer('Failures after which the job counts as failed.'),
    backoffLimitPerIndex: integer('Failures after which an index counts as failed.'),
    maxFailedIndexes: integer('Failed indexes after which the job counts as failed.'),
    selector: labelSelector('Pods that belong to the job; made by the server.'),
    manualSelector: boolean('The selector and labels are given by hand.'),
    template: required(podTemplateSpec),
    ttlSecondsAfterFinished: integer('Seconds after its end when the job is deleted.'),
    completionMode: enumeration('Whether pods are numbered.', ['Indexed', 'NonIndexed']),
    suspend: boolean('No pods are made, and running ones are ended.'),
    podReplacementPolicy: enumeration('When a pod is replaced: when it begins to end or when it has failed.', [
      'Failed',
      'TerminatingOrFailed',
    ]),
    managedBy: string('Controller that takes care of the job instead of the built-in one.'),
  },
  { name: `${BATCH}.JobSpec` },
);

const jobCondition = object(
  'One aspect of the state of the job.',
  {
    type: required(string('What the condition is about: Complete, Failed, Suspended …')),
    status: required(string('True, False or Unknown.')),
    lastProbeTime: timestamp('When it was last looked at.'),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: string('Why the condition last changed, as one CamelCase word.'),
    message: string('The reason in a sentence for people.'),
  },
  { name: `${BATCH}.JobCondition` },
);

/** How far a job is. */
export const jobStatus = object(
  'How far the job is.',
  {
    conditions: list('Aspects of the state.', jobCondition, {
      listType: 'atomic',
      patch: { strategy: 'merge', mergeKey: 'type' },
    }),
    startTime: timestamp('When the job started.'),
    completionTime: timestamp('When the job was done.'),
    active: integer('Pods that run or wait.'),
    succeeded: integer('Pods that succeeded.'),
    failed: integer('Pods that failed.'),
    terminating: integer('Pods that are ending.'),
    completedIndexes: string('Indexes that succeeded, such as 1,3-5.'),
    failedIndexes: string('Indexes that failed, such as 1,3-5.'),
    uncountedTerminatedPods: object(
      'Pods that ended and are not counted yet.',
      {
        succeeded: list('Identities of pods that succeeded.', string('An identity.'), { listType: 'set' }),
        failed: list('Identities of pods that failed.', string('An identity.'), { listType: 'set' }),
      },
      { name: `${BATCH}.UncountedTerminatedPods` },
    ),
    ready: integer('Pods that are ready.'),
  },
  { name: `${BATCH}.JobStatus` },
);

/** Which pods run to their end. */
export type JobSpec = Infer<typeof jobSpec>;

/** How far a job is. */
export type JobStatus = Infer<typeof jobStatus>;
