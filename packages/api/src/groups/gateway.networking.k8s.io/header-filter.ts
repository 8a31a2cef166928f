/** Filters that change headers and mirror requests; HTTP and gRPC routes share them. */
import { type Infer, integer, list, object, required, type SchemaRule, string } from '../../schema/index.ts';
import { backendObjectReference } from './backend-ref.ts';
import { headerName } from './scalars.ts';

const httpHeader = object('A header and its value.', {
  name: required(headerName('Name of the header; case does not matter.')),
  value: required(
    string('Value of the header: visible characters, separated by single blanks.', {
      minLength: 1,
      maxLength: 4096,
      pattern: '^[!-~]+([\\t ]?[!-~]+)*$',
    }),
  ),
});

/** Sets, adds and removes headers. */
export const headerFilter = object('Changes of headers; at most one for each header name.', {
  set: list('Headers to write over what is there.', httpHeader, { listType: 'map', mapKeys: ['name'], maxItems: 16 }),
  add: list('Headers to append to what is there.', httpHeader, { listType: 'map', mapKeys: ['name'], maxItems: 16 }),
  remove: list('Headers to take away.', string('Name of a header.'), { listType: 'set', maxItems: 16 }),
});

const fraction = object(
  'A part of all requests.',
  {
    numerator: required(integer('Requests taken.', { minimum: 0 })),
    denominator: integer('Out of how many.', { minimum: 1, default: 100 }),
  },
  {
    rules: [
      {
        message: 'numerator must be less than or equal to denominator',
        cel: 'self.numerator <= self.denominator',
        check: (self) => self.numerator <= (self.denominator ?? 100),
      },
    ],
  },
);

const mirrorFields = {
  backendRef: required(backendObjectReference),
  percent: integer('Percentage of the requests to mirror.', { minimum: 0, maximum: 100 }),
  fraction,
} as const;

const oneMirrorShare: SchemaRule<{ percent?: number | undefined; fraction?: Infer<typeof fraction> | undefined }> = {
  message: 'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
  cel: '!has(self.percent) || !has(self.fraction)',
  check: (mirror) => mirror.percent === undefined || mirror.fraction === undefined,
};

/** Sends copies of requests to a backend whose answers are dropped. */
export const requestMirror = object('Sends copies of requests to a backend whose answers are dropped.', mirrorFields, {
  rules: [oneMirrorShare],
});
