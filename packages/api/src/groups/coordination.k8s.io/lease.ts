import { defineBuiltin, type ObjectOf } from '../../kind/index.ts';
import { FieldPath, type Infer, integer, object, string } from '../../schema/index.ts';
import { ageColumn, alwaysPresent, microTime } from '../meta/index.ts';

const specPath = FieldPath.root.child('spec');

const leaseSpec = object(
  'Who holds the lease, and for how long.',
  {
    holderIdentity: string('Who holds the lease.'),
    leaseDurationSeconds: integer('Seconds after renewTime when others may take the lease.'),
    acquireTime: microTime('When the lease was taken.'),
    renewTime: microTime('When the holder last said that it lives.'),
    leaseTransitions: integer('How often the holder changed.'),
    strategy: string('How the holder is chosen by coordinated election.'),
    preferredHolder: string('Who should hold the lease next.'),
  },
  { name: 'io.k8s.api.coordination.v1.LeaseSpec' },
);

/** Who holds a lease. */
export type LeaseSpec = Infer<typeof leaseSpec>;

/** Something that only one process at a time may hold. */
export const lease = defineBuiltin({
  group: 'coordination.k8s.io',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  hasGeneration: false,
  description: 'Something that only one process at a time may hold, as in a leader election.',
  fields: { spec: alwaysPresent(leaseSpec) },
  versions: [{ name: 'v1', isStorage: true }],
  columns: [
    { name: 'Holder', type: 'string', value: '.spec.holderIdentity', description: 'Who holds the lease.' },
    ageColumn,
  ],
  check({ spec = {} }, report) {
    const { leaseDurationSeconds: seconds, leaseTransitions: count, preferredHolder, strategy } = spec;
    if (seconds !== undefined && seconds <= 0) {
      report.invalid(specPath.child('leaseDurationSeconds'), seconds, 'must be greater than 0');
    }
    if (count !== undefined && count < 0) {
      report.invalid(specPath.child('leaseTransitions'), count, 'must be greater than or equal to 0');
    }
    if ((preferredHolder ?? '') !== '' && (strategy ?? '') === '') {
      report.forbidden(specPath.child('preferredHolder'), 'may only be specified when `strategy` is defined');
    }
  },
});

/** Something that only one process at a time may hold. */
export type Lease = ObjectOf<typeof lease>;
