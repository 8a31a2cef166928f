/** Traces: where they go, how many there are, and what they say. */
import {
  boolean,
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  map,
  number,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { atMostOneOf } from '../networking.istio.io/one-of.ts';
import { providerRefs } from './provider-ref.ts';

const customTag = object(
  'Where the value of a tag comes from.',
  {
    literal: object('A fixed value.', { value: required(string('The value.', { minLength: 1 })) }),
    environment: object('An environment variable of the proxy.', {
      name: required(string('Name of the variable.', { minLength: 1 })),
      defaultValue: string('Value when the variable is not set.'),
    }),
    header: object('A header of the request.', {
      name: required(string('Name of the header.', { minLength: 1 })),
      defaultValue: string('Value when the request has no such header.'),
    }),
    formatter: object('A text with command operators of access logs.', {
      value: required(string('The text, such as %REQ(X-TEAM)%.', { minLength: 1 })),
    }),
  },
  { rules: [atMostOneOf('literal', 'environment', 'header', 'formatter')] },
);

/** How requests are traced. */
export const tracing = object('How requests are traced.', {
  match: object('Which side of requests this is for.', {
    mode: enumeration('The calling side, the called side or both.', ['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']),
  }),
  providers: providerRefs('Where spans are sent; the defaults of the mesh when absent.'),
  randomSamplingPercentage: number('Share of the requests that are traced unless the caller decided, in percent.', {
    nullable: true,
    minimum: 0,
    maximum: 100,
  }),
  disableSpanReporting: boolean('Send no spans; trace context is still passed on.', { nullable: true }),
  customTags: map('Tags to add to spans, by name.', customTag),
  useRequestIdForTraceSampling: boolean('Lets the request id carry the sampling decision; true when absent.', {
    nullable: true,
  }),
  enableIstioTags: boolean('Adds the tags of the mesh to spans; true when absent.', { nullable: true }),
});

/** How requests are traced. */
export type Tracing = Infer<typeof tracing>;

/** Checks all entries of `spec.tracing`. */
export function checkTracing(entries: readonly Tracing[], path: FieldPath, report: IssueReport): void {
  if (entries.length > 1) report.warn(`${path.toString()}: multiple tracing is not currently supported`);
  for (const [i, entry] of entries.entries()) {
    const at = path.index(i);
    if ((entry.providers ?? []).length > 1) {
      report.warn(`${at.child('providers').toString()}: multiple providers is not currently supported`);
    }
    for (const [name, tag] of Object.entries(entry.customTags ?? {})) {
      const tagPath = at.child('customTags').key(name);
      if (name === '') report.invalid(at.child('customTags'), name, 'tag name may not be empty');
      if (Object.keys(tag).length === 0) {
        report.required(tagPath, 'one of literal, environment, header or formatter must be set');
      }
    }
  }
}
