/** How one endpoint of a service is chosen for a request. */
import {
  boolean,
  enumeration,
  type FieldPath,
  type Infer,
  type IssueReport,
  integer,
  list,
  number,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { checkFailover, checkLocalityLb, localityLb, zoneAwareLb } from './locality-lb.ts';
import { atMostOneOf } from './one-of.ts';
import type { OutlierDetection } from './outlier-detection.ts';
import { duration } from './scalars.ts';

/** Maglev's table must be smaller than this, a limit of the proxy. */
const MAX_MAGLEV_TABLE = 5000011;

const httpCookie = object('A cookie whose value is hashed; it is made when absent and ttl is given.', {
  name: required(string('Name of the cookie.')),
  path: string('Path of the cookie that is made.'),
  ttl: string('Life of the cookie that is made; 0s makes a session cookie.', { format: 'duration' }),
  attributes: list(
    'More attributes of the cookie that is made.',
    object('One attribute.', {
      name: required(string('Name of the attribute.')),
      value: string('Value of the attribute.'),
    }),
  ),
});

const consistentHash = object(
  'Equal hashes go to the same endpoint as long as the endpoints stay.',
  {
    httpHeaderName: string('Header whose value is hashed.'),
    httpCookie,
    useSourceIp: boolean('Hash the address of the caller.'),
    httpQueryParameterName: string('Query parameter whose value is hashed.'),
    ringHash: object('Use a hash ring.', {
      minimumRingSize: integer('Fewest places on the ring; 1024 when absent.', { format: 'int64', minimum: 0 }),
    }),
    maglev: object('Use Maglev.', {
      tableSize: integer('Size of the table, a prime number; 65537 when absent.', { format: 'int64', minimum: 0 }),
    }),
    minimumRingSize: integer('Older place of ringHash.minimumRingSize.', {
      format: 'int64',
      minimum: 0,
      deprecated: 'is deprecated, use ringHash.minimumRingSize instead',
    }),
  },
  {
    rules: [
      atMostOneOf('httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'),
      atMostOneOf('ringHash', 'maglev'),
    ],
  },
);

const warmup = object('A new endpoint gets its full share only after a while.', {
  duration: required(duration('Time until an endpoint has its full share.')),
  minimumPercent: number('Share at the start, in percent of the full one; 10 when absent.', {
    nullable: true,
    minimum: 0,
    maximum: 100,
  }),
  aggression: number('Bend of the growth; 1 is a straight line.', { nullable: true, minimum: 1 }),
});

/** How an endpoint is chosen. */
export const loadBalancer = object(
  'How an endpoint is chosen for a request.',
  {
    simple: enumeration('A choice that keeps no memory of the caller; LEAST_REQUEST when absent.', [
      'UNSPECIFIED',
      'LEAST_CONN',
      'RANDOM',
      'PASSTHROUGH',
      'ROUND_ROBIN',
      'LEAST_REQUEST',
    ]),
    consistentHash,
    localityLbSetting: localityLb,
    zoneAwareLbSetting: zoneAwareLb,
    warmupDurationSecs: duration('Older place of warmup.duration.', {
      deprecated: 'is deprecated, use warmup.duration instead',
    }),
    warmup,
  },
  { rules: [atMostOneOf('simple', 'consistentHash')] },
);

/** How an endpoint is chosen. */
export type LoadBalancer = Infer<typeof loadBalancer>;

/** Checks hashing, locality and warm-up. */
export function checkLoadBalancer(
  settings: LoadBalancer,
  outlier: OutlierDetection | undefined,
  path: FieldPath,
  report: IssueReport,
): void {
  if (settings.simple === 'LEAST_CONN') {
    report.warn(`${path.child('simple').toString()}: LEAST_CONN is deprecated, use LEAST_REQUEST instead`);
  }
  if (settings.consistentHash !== undefined) {
    checkConsistentHash(settings.consistentHash, path.child('consistentHash'), report);
  }
  if (settings.localityLbSetting !== undefined) {
    checkLocalityLb(settings.localityLbSetting, outlier, path.child('localityLbSetting'), report);
  }
  const zoneAware = settings.zoneAwareLbSetting;
  if (zoneAware !== undefined) {
    checkFailover(zoneAware, outlier, path.child('zoneAwareLbSetting'), report);
    if (settings.localityLbSetting !== undefined) {
      report.warn(`${path.child('localityLbSetting').toString()}: has no effect beside zoneAwareLbSetting`);
    }
  }
  if (settings.warmup !== undefined && settings.warmupDurationSecs !== undefined) {
    report.warn(`${path.child('warmupDurationSecs').toString()}: has no effect beside warmup`);
  }
  checkWarmupHasEffect(settings, path, report);
}

/** Only algorithms that weigh endpoints can give a new one less. */
function checkWarmupHasEffect(settings: LoadBalancer, path: FieldPath, report: IssueReport): void {
  const field = settings.warmup !== undefined ? 'warmup' : 'warmupDurationSecs';
  if (settings[field] === undefined) return;
  const algorithm = settings.consistentHash !== undefined ? 'consistentHash' : settings.simple;
  if (algorithm !== 'consistentHash' && algorithm !== 'RANDOM' && algorithm !== 'PASSTHROUGH') return;
  report.warn(`${path.child(field).toString()}: has no effect with ${algorithm}`);
}

function checkConsistentHash(
  hash: NonNullable<LoadBalancer['consistentHash']>,
  path: FieldPath,
  report: IssueReport,
): void {
  if (hash.httpCookie?.name === '') report.required(path.child('httpCookie', 'name'), 'name required for httpCookie');
  const hasAlgorithm = hash.ringHash !== undefined || hash.maglev !== undefined;
  if ((hash.minimumRingSize ?? 0) !== 0 && hasAlgorithm) {
    report.invalid(
      path.child('minimumRingSize'),
      hash.minimumRingSize,
      'only one of minimumRingSize or maglev/ringHash can be specified',
    );
  }
  if (hash.maglev === undefined) return;
  const size = hash.maglev.tableSize ?? 0;
  const at = path.child('maglev', 'tableSize');
  if (size === 0) report.required(at, 'tableSize must be set for maglev');
  else if (size >= MAX_MAGLEV_TABLE) {
    report.invalid(at, size, `tableSize must be less than ${MAX_MAGLEV_TABLE} for maglev`);
  } else if (!isPrime(size)) report.invalid(at, size, 'tableSize must be a prime number for maglev');
}

/** As the proxy judges it: 1 counts as prime. */
function isPrime(value: number): boolean {
  if (value < 4) return true;
  if (value % 2 === 0) return false;
  for (let factor = 3; factor * factor <= value; factor += 2) if (value % factor === 0) return false;
  return true;
}
