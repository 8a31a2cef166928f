/** Probes of containers and handlers of their lifecycle. */
import {
  described,
  enumeration,
  type Infer,
  integer,
  intOrString,
  list,
  object,
  required,
  string,
} from '../../../schema/index.ts';
import { stringList } from '../../meta/index.ts';

const INT_OR_STRING = { name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString' };

const execAction = object(
  'Runs a command in the container; exit code 0 is success.',
  { command: stringList('Program and arguments, without a shell.', 'An argument.') },
  { name: 'io.k8s.api.core.v1.ExecAction' },
);

const httpHeader = object(
  'A header of the request.',
  { name: required(string('Name of the header.')), value: required(string('Value of the header.')) },
  { name: 'io.k8s.api.core.v1.HTTPHeader' },
);

const httpGetAction = object(
  'Sends an HTTP GET; an answer from 200 to 399 is success.',
  {
    path: string('Path of the request.', { default: '/' }),
    port: required(intOrString('Port, as a number or as the name of a container port.', INT_OR_STRING)),
    host: string('Host that is asked; the pod when absent.'),
    scheme: enumeration('Whether the request is encrypted; certificates are not verified.', ['HTTP', 'HTTPS'], {
      default: 'HTTP',
    }),
    httpHeaders: list('Headers of the request.', httpHeader, { listType: 'atomic' }),
  },
  { name: 'io.k8s.api.core.v1.HTTPGetAction' },
);

const tcpSocketAction = object(
  'Opens a TCP connection.',
  {
    port: required(intOrString('Port, as a number or as the name of a container port.', INT_OR_STRING)),
    host: string('Host that is connected to; the pod when absent.'),
  },
  { name: 'io.k8s.api.core.v1.TCPSocketAction' },
);

const grpcAction = object(
  'Asks the gRPC health service.',
  {
    port: required(integer('Port of the gRPC server.')),
    service: string('Service whose health is asked for; the server as a whole when empty.', { default: '' }),
  },
  { name: 'io.k8s.api.core.v1.GRPCAction' },
);

/** A check that is repeated while a container runs. */
export const probe = object(
  'A check that is repeated while the container runs.',
  {
    exec: execAction,
    httpGet: httpGetAction,
    tcpSocket: tcpSocketAction,
    grpc: grpcAction,
    initialDelaySeconds: integer('Seconds before the first check.'),
    timeoutSeconds: integer('Seconds that a check may take.', { default: 1 }),
    periodSeconds: integer('Seconds between checks.', { default: 10 }),
    successThreshold: integer('Successes in a row that count as success after a failure.', { default: 1 }),
    failureThreshold: integer('Failures in a row that count as failure.', { default: 3 }),
    terminationGracePeriodSeconds: integer('Seconds that the container gets to end when this check fails.', {
      format: 'int64',
    }),
  },
  { name: 'io.k8s.api.core.v1.Probe' },
);

const lifecycleHandler = object(
  'What is done at a moment in the life of the container.',
  {
    exec: execAction,
    httpGet: httpGetAction,
    tcpSocket: tcpSocketAction,
    sleep: object(
      'Waits.',
      { seconds: required(integer('Seconds to wait.', { format: 'int64' })) },
      { name: 'io.k8s.api.core.v1.SleepAction' },
    ),
  },
  { name: 'io.k8s.api.core.v1.LifecycleHandler' },
);

const REALTIME = [
  'SIGRTMAX',
  ...Array.from({ length: 14 }, (_, i) => `SIGRTMAX-${i + 1}`),
  'SIGRTMIN',
  ...Array.from({ length: 15 }, (_, i) => `SIGRTMIN+${i + 1}`),
];

const PLAIN_SIGNALS =
  'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ';

/** Signals that can end a container. */
export const SIGNALS: readonly string[] = [
  ...PLAIN_SIGNALS.split(' ').map((name) => `SIG${name}`),
  ...REALTIME,
].toSorted();

/** What is done at the start and before the end of a container. */
export const lifecycle = object(
  'What is done at the start and before the end of the container.',
  {
    postStart: described(lifecycleHandler, 'Done right after the container is made, beside its program.'),
    preStop: described(lifecycleHandler, 'Done before the container is asked to end, within its grace period.'),
    stopSignal: enumeration('Signal that asks the container to end; needs spec.os.name.', SIGNALS),
  },
  { name: 'io.k8s.api.core.v1.Lifecycle' },
);

/** A check that is repeated while a container runs. */
export type Probe = Infer<typeof probe>;

/** What is done at the start and before the end of a container. */
export type Lifecycle = Infer<typeof lifecycle>;

/** What is done at a moment in the life of a container. */
export type LifecycleHandler = Infer<typeof lifecycleHandler>;
