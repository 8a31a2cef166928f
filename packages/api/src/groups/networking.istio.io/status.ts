/** What controllers report about a mesh object. */
import { enumeration, intOrString, list, object, string } from '../../schema/index.ts';

const condition = object('One aspect of the state of the object.', {
  type: string('What the condition is about, such as Reconciled or Effective.'),
  status: string('True, False or Unknown.'),
  reason: string('A word for programs that says why.'),
  message: string('A sentence for people that says why.'),
  lastProbeTime: string('When the condition was last looked at.', { format: 'date-time' }),
  lastTransitionTime: string('When the condition last changed.', { format: 'date-time' }),
  observedGeneration: intOrString('Generation of the object that the condition is about.'),
});

const validationMessage = object('Something that analysis found.', {
  type: object('What was found.', {
    name: string('Name of the kind of finding.'),
    code: string('Code of the kind of finding, such as IST0101.'),
  }),
  level: enumeration('How bad it is.', ['UNKNOWN', 'ERROR', 'WARNING', 'INFO']),
  documentationUrl: string('Where the finding is explained.'),
});

const assignedAddress = object('An address that was assigned to a host.', {
  value: string('The address.'),
  host: string('The host that has the address.'),
});

/** The status of every mesh kind; controllers may add fields of their own. */
export const istioStatus = object(
  'What controllers report about the object.',
  {
    conditions: list('Aspects of the state of the object.', condition),
    validationMessages: list('What analysis found.', validationMessage),
    observedGeneration: intOrString('Generation of the object that this status is about.'),
  },
  { preserveUnknown: true },
);

/** The status of a ServiceEntry, which also has the addresses that were assigned to its hosts. */
export const serviceEntryStatus = object(
  'What controllers report about the object.',
  {
    conditions: list('Aspects of the state of the object.', condition),
    validationMessages: list('What analysis found.', validationMessage),
    observedGeneration: intOrString('Generation of the object that this status is about.'),
    addresses: list('Addresses that were assigned to the hosts.', assignedAddress),
  },
  { preserveUnknown: true },
);
