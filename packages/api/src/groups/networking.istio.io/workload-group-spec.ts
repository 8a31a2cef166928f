/** The fields of a WorkloadGroup and the rules across them. */
import type { ObjectMeta } from '../../kind/index.ts';
import { specPath } from '../../kind/index.ts';
import {
  type FieldPath,
  type Infer,
  type IssueReport,
  integer,
  list,
  map,
  object,
  required,
  string,
} from '../../schema/index.ts';
import { checkLabels } from './labels.ts';
import { atMostOneOf } from './one-of.ts';
import { portNumber, workloadTemplate } from './workload-entry-spec.ts';

const count = (description: string) => integer(description, { minimum: 0 });

const httpGet = object('An HTTP request that must be answered with 2xx or 3xx.', {
  path: string('Path of the request.'),
  port: required(portNumber),
  host: string('Host of the request; the address of the workload when absent.'),
  scheme: string('HTTP or HTTPS.', {
    rules: [
      {
        message: 'scheme must be one of [HTTP, HTTPS]',
        check: (scheme) => scheme === '' || scheme === 'HTTP' || scheme === 'HTTPS',
        cel: "self in ['', 'HTTP', 'HTTPS']",
      },
    ],
  }),
  httpHeaders: list(
    'Headers of the request.',
    object('A header.', { name: string('Name.', { pattern: '^[-_A-Za-z0-9]+$' }), value: string('Value.') }),
  ),
});

/** How a workload is found to be ready. */
export const workloadProbe = object(
  'How the workload is found to be ready.',
  {
    initialDelaySeconds: count('Seconds before the first probe.'),
    timeoutSeconds: count('Seconds to wait for an answer; 1 when absent.'),
    periodSeconds: count('Seconds between probes; 10 when absent.'),
    successThreshold: count('Good answers in a row after which the workload is ready; 1 when absent.'),
    failureThreshold: count('Bad answers in a row after which the workload is not ready; 3 when absent.'),
    httpGet,
    tcpSocket: object('A connection that must be accepted.', {
      host: string('Host to connect to; the address of the workload when absent.'),
      port: required(portNumber),
    }),
    exec: object('A command that must end well.', {
      command: required(list('The command and its arguments.', string('A word.', { minLength: 1 }))),
    }),
    grpc: object('A call of the gRPC health service.', {
      port: portNumber,
      service: string('Service to ask about.'),
    }),
  },
  { rules: [atMostOneOf('httpGet', 'tcpSocket', 'exec', 'grpc')] },
);

/** The fields of a WorkloadGroup. */
export const workloadGroupSpec = object('What workloads that register themselves have in common.', {
  metadata: object('Metadata of the entries that are made.', {
    labels: map('Labels of the entries.', string('Value of the label.'), { maxProperties: 256 }),
    annotations: map('Annotations of the entries.', string('Value of the annotation.'), { maxProperties: 256 }),
  }),
  template: required(workloadTemplate),
  probe: workloadProbe,
});

/** The fields of a WorkloadGroup. */
export type WorkloadGroupSpec = Infer<typeof workloadGroupSpec>;

/** Checks the rules across fields. */
export function checkWorkloadGroup(
  group: { readonly metadata: ObjectMeta; readonly spec: WorkloadGroupSpec },
  report: IssueReport,
): void {
  const { metadata, template, probe: readiness } = group.spec;
  checkLabels(metadata?.labels, specPath.child('metadata', 'labels'), report);
  checkLabels(template.labels, specPath.child('template', 'labels'), report);
  if (readiness !== undefined) checkProbe(readiness, specPath.child('probe'), report);
}

function checkProbe(value: Infer<typeof workloadProbe>, path: FieldPath, report: IssueReport): void {
  const { httpGet: http, tcpSocket, exec, grpc } = value;
  if (http === undefined && tcpSocket === undefined && exec === undefined && grpc === undefined) {
    report.required(path, 'one of httpGet, tcpSocket, exec or grpc');
  }
  if (exec !== undefined && exec.command.length === 0) {
    report.required(path.child('exec', 'command'), 'exec.command is required');
  }
  if (grpc !== undefined && grpc.port === undefined) report.required(path.child('grpc', 'port'), 'port of the probe');
}
