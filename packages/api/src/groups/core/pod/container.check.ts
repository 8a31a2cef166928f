/** The rules of containers. */
import { parseIp } from '@weft/core';
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import { dns1123LabelProblems } from '../../../validation/names.ts';
import { checkPort, portNameProblems } from '../../../validation/port-name.ts';
import type { Container } from './container.ts';
import { checkEnv, checkEnvFrom } from './env.check.ts';
import { checkPathInVolume } from './path-in-volume.ts';
import type { PodSpec } from './pod-spec.ts';
import { checkLifecycle, checkProbe } from './probe.check.ts';
import { checkResources } from './resources.check.ts';
import { checkSecurityContext } from './security-context.check.ts';

/** What sort of container is judged; they differ in what they may have. */
export type ContainerSort = 'container' | 'init' | 'ephemeral';

const NOT_FOR_INIT = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const NOT_FOR_EPHEMERAL = [...NOT_FOR_INIT, 'ports', 'resizePolicy'] as const;

/** Judges a container; the caller judges what several containers must not share. */
export function checkContainer(
  path: FieldPath,
  one: Container,
  sort: ContainerSort,
  spec: PodSpec,
  report: IssueReport,
): void {
  checkName(path, one, report);
  checkRestart(path, one, sort, report);
  checkPorts(path.child('ports'), one.ports ?? [], spec.hostNetwork === true, report);
  checkEnv(path.child('env'), one.env ?? [], report);
  checkEnvFrom(path.child('envFrom'), one.envFrom ?? [], report);
  checkVolumeMounts(path.child('volumeMounts'), one, spec, report);
  checkVolumeDevices(path.child('volumeDevices'), one, spec, report);
  checkResources(path.child('resources'), one.resources, report);
  checkClaims(path.child('resources', 'claims'), one, spec, report);
  checkSecurityContext(path.child('securityContext'), one.securityContext, report);
  if (!mayHaveProbes(sort, one)) return;
  checkLifecycle(path.child('lifecycle'), one.lifecycle, spec.terminationGracePeriodSeconds ?? 30, report);
  checkProbe(path.child('livenessProbe'), one.livenessProbe, 'liveness', report);
  checkProbe(path.child('readinessProbe'), one.readinessProbe, 'readiness', report);
  checkProbe(path.child('startupProbe'), one.startupProbe, 'startup', report);
}

function mayHaveProbes(sort: ContainerSort, one: Container): boolean {
  return sort === 'container' || (sort === 'init' && one.restartPolicy === 'Always');
}

function checkName(path: FieldPath, one: Container, report: IssueReport): void {
  const { name, image = '' } = one;
  if (name === '') report.required(path.child('name'));
  else for (const problem of dns1123LabelProblems(name)) report.invalid(path.child('name'), name, problem);
  if (image === '') report.required(path.child('image'));
  else if (image.trim() !== image) {
    report.invalid(path.child('image'), image, 'must not have leading or trailing whitespace');
  }
}

function checkRestart(path: FieldPath, one: Container, sort: ContainerSort, report: IssueReport): void {
  const { restartPolicy } = one;
  const isSidecar = sort === 'init' && restartPolicy === 'Always';
  if (restartPolicy !== undefined) {
    const at = path.child('restartPolicy');
    if (sort !== 'init')
      report.forbidden(
        at,
        `may not be set for ${sort === 'ephemeral' ? 'Ephemeral Containers' : 'non-init containers'}`,
      );
    else if (!isSidecar) report.notSupported(at, restartPolicy, ['Always']);
  }
  if (one.restartPolicyRules !== undefined) {
    const message = "not supported: containers are started again by the pod's restartPolicy";
    report.forbidden(path.child('restartPolicyRules'), message);
  }
  if (sort === 'ephemeral') {
    for (const field of NOT_FOR_EPHEMERAL) {
      if (one[field] !== undefined) report.forbidden(path.child(field), 'cannot be set for an Ephemeral Container');
    }
  } else if (sort === 'init' && !isSidecar) {
    for (const field of NOT_FOR_INIT) {
      if (one[field] === undefined) continue;
      report.forbidden(path.child(field), 'may not be set for init containers without restartPolicy=Always');
    }
  }
}

function checkPorts(
  path: FieldPath,
  ports: NonNullable<Container['ports']>,
  isHostNetwork: boolean,
  report: IssueReport,
): void {
  const names = new Set<string>();
  const numbers = new Map<string, number>();
  for (const [i, { name = '', containerPort, hostPort = 0, hostIP = '', protocol }] of ports.entries()) {
    const at = path.index(i);
    if (name !== '') {
      for (const problem of portNameProblems(name)) report.invalid(at.child('name'), name, problem);
      if (names.has(name)) report.duplicate(at.child('name'), name);
      names.add(name);
    }
    if (containerPort === 0) report.required(at.child('containerPort'));
    else checkPort(at.child('containerPort'), containerPort, report);
    if (hostPort !== 0) checkPort(at.child('hostPort'), hostPort, report);
    if (isHostNetwork && hostPort !== 0 && hostPort !== containerPort) {
      report.invalid(at.child('containerPort'), containerPort, 'must match `hostPort` when `hostNetwork` is true');
    }
    if (hostIP !== '' && parseIp(hostIP) === undefined) {
      report.invalid(at.child('hostIP'), hostIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)');
    }
    const id = `${containerPort}/${protocol}`;
    const earlier = numbers.get(id);
    if (earlier === undefined) numbers.set(id, i);
    else report.warn(`${at.toString()}: duplicate port definition with ${path.index(earlier).toString()}`);
  }
}

function checkVolumeMounts(path: FieldPath, one: Container, spec: PodSpec, report: IssueReport): void {
  const paths = new Set<string>();
  for (const [i, mount] of (one.volumeMounts ?? []).entries()) {
    const at = path.index(i);
    if (mount.name === '') report.required(at.child('name'));
    else if (!hasVolume(spec, mount.name)) report.notFound(at.child('name'), mount.name);
    if (mount.mountPath === '') report.required(at.child('mountPath'));
    else if (paths.has(mount.mountPath)) report.invalid(at.child('mountPath'), mount.mountPath, 'must be unique');
    paths.add(mount.mountPath);
    const { subPath = '', subPathExpr = '' } = mount;
    if (subPath !== '') checkPathInVolume(at.child('subPath'), subPath, report);
    if (subPathExpr !== '') {
      if (subPath !== '') {
        report.invalid(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive');
      }
      checkPathInVolume(at.child('subPathExpr'), subPathExpr, report);
    }
    if (mount.mountPropagation === 'Bidirectional' && one.securityContext?.privileged !== true) {
      const message = 'Bidirectional mount propagation is available only to privileged containers';
      report.forbidden(at.child('mountPropagation'), message);
    }
    checkRecursiveReadOnly(at.child('recursiveReadOnly'), mount, report);
  }
}

function checkRecursiveReadOnly(
  path: FieldPath,
  mount: NonNullable<Container['volumeMounts']>[number],
  report: IssueReport,
): void {
  const value = mount.recursiveReadOnly;
  if (value === undefined || value === 'Disabled') return;
  if (value !== 'Enabled' && value !== 'IfPossible') {
    report.notSupported(path, value, ['Disabled', 'Enabled', 'IfPossible']);
    return;
  }
  if (mount.readOnly !== true) report.forbidden(path, 'may only be specified when readOnly is true');
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None') {
    report.forbidden(path, 'may only be specified when mountPropagation is None or not specified');
  }
}

function checkVolumeDevices(path: FieldPath, one: Container, spec: PodSpec, report: IssueReport): void {
  const paths = new Set<string>();
  const mounted = new Set((one.volumeMounts ?? []).map((mount) => mount.name));
  for (const [i, { name, devicePath }] of (one.volumeDevices ?? []).entries()) {
    const at = path.index(i);
    if (name === '') report.required(at.child('name'));
    else if (!hasVolume(spec, name)) report.notFound(at.child('name'), name);
    else if (mounted.has(name)) report.invalid(at.child('name'), name, 'must not already exist in volumeMounts');
    if (devicePath === '') report.required(at.child('devicePath'));
    else if (paths.has(devicePath)) report.invalid(at.child('devicePath'), devicePath, 'must be unique');
    paths.add(devicePath);
  }
}

function checkClaims(path: FieldPath, one: Container, spec: PodSpec, report: IssueReport): void {
  const known = new Set((spec.resourceClaims ?? []).map((claim) => claim.name));
  for (const [i, { name }] of (one.resources?.claims ?? []).entries()) {
    if (name === '') report.required(path.index(i).child('name'));
    else if (!known.has(name)) report.notFound(path.index(i).child('name'), name);
  }
}

function hasVolume(spec: PodSpec, name: string): boolean {
  return (spec.volumes ?? []).some((volume) => volume.name === name);
}
