/** The rules of security contexts. */
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import type { PodSecurityContext, SecurityContext } from './security-context.ts';

const MAX_ID = 2_147_483_647;
const ID_PROBLEM = `must be between 0 and ${MAX_ID}, inclusive`;
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

/** Judges the rights of one container. */
export function checkSecurityContext(path: FieldPath, context: SecurityContext | undefined, report: IssueReport): void {
  if (context === undefined) return;
  checkShared(path, context, report);
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true) {
    report.invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  }
  if ((context.capabilities?.add ?? []).some((name) => name === 'CAP_SYS_ADMIN')) {
    report.invalid(
      path,
      context,
      'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
    );
  }
}

/** Judges the rights that all containers share. */
export function checkPodSecurityContext(
  path: FieldPath,
  context: PodSecurityContext | undefined,
  report: IssueReport,
): void {
  if (context === undefined) return;
  checkShared(path, context, report);
  checkId(path.child('fsGroup'), context.fsGroup, report);
  for (const [i, id] of (context.supplementalGroups ?? []).entries()) {
    checkId(path.child('supplementalGroups').index(i), id, report);
  }
  const names = new Set<string>();
  for (const [i, { name }] of (context.sysctls ?? []).entries()) {
    const at = path.child('sysctls').index(i).child('name');
    if (name === '') report.required(at);
    else if (name.length > 253 || !SYSCTL.test(name)) {
      report.invalid(at, name, `must have at most 253 characters and match regex ${SYSCTL.source}`);
    } else if (names.has(name)) report.duplicate(at, name);
    names.add(name);
  }
}

function checkShared(
  path: FieldPath,
  context: Pick<
    SecurityContext & PodSecurityContext,
    'runAsUser' | 'runAsGroup' | 'seccompProfile' | 'appArmorProfile'
  >,
  report: IssueReport,
): void {
  checkId(path.child('runAsUser'), context.runAsUser, report);
  checkId(path.child('runAsGroup'), context.runAsGroup, report);
  checkProfile(path.child('seccompProfile'), context.seccompProfile, 'seccomp', report);
  checkProfile(path.child('appArmorProfile'), context.appArmorProfile, 'AppArmor', report);
}

function checkId(path: FieldPath, id: number | undefined, report: IssueReport): void {
  if (id !== undefined && (id < 0 || id > MAX_ID)) report.invalid(path, id, ID_PROBLEM);
}

function checkProfile(
  path: FieldPath,
  profile: SecurityContext['seccompProfile'],
  word: string,
  report: IssueReport,
): void {
  if (profile === undefined) return;
  const at = path.child('localhostProfile');
  if (profile.type === 'Localhost') {
    if ((profile.localhostProfile ?? '') === '') report.required(at, `must be set when ${word} type is Localhost`);
  } else if (profile.localhostProfile !== undefined) {
    report.invalid(at, profile.localhostProfile, `can only be set when ${word} type is Localhost`);
  }
}
