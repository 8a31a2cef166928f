/** The rules of volumes. */
import { parseQuantity } from '@weft/core';
import type { FieldPath, IssueReport } from '../../../schema/index.ts';
import { dns1123LabelProblems } from '../../../validation/names.ts';
import { checkPersistentVolumeClaimSpec } from '../persistent-volume-claim.check.ts';
import { checkFieldRef, checkResourceFieldRef } from './env.check.ts';
import { checkNoParent, checkPathInVolume } from './path-in-volume.ts';
import { type Volume, volumeSources } from './volume.ts';

const SOURCES = Object.keys(volumeSources) as (keyof typeof volumeSources)[];
const MAX_MODE = 0o777;
const MODE_PROBLEM = 'must be a number between 0 and 0777 (octal), both inclusive';
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const GIT_REPO_WARNING =
  'deprecated in v1.11, and disabled by default in v1.33+; use an init container that clones the repository instead';

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
type Items = NonNullable<NonNullable<Volume['configMap']>['items']>;
type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;

/** Judges all volumes of a pod. */
export function checkVolumes(path: FieldPath, volumes: readonly Volume[], report: IssueReport): void {
  const names = new Set<string>();
  for (const [i, volume] of volumes.entries()) {
    const at = path.index(i);
    const { name } = volume;
    if (name === '') report.required(at.child('name'));
    else for (const problem of dns1123LabelProblems(name)) report.invalid(at.child('name'), name, problem);
    if (names.has(name)) report.duplicate(at.child('name'), name);
    names.add(name);
    checkVolume(at, volume, report);
  }
}

function checkVolume(path: FieldPath, volume: Volume, report: IssueReport): void {
  let found = 0;
  for (const source of SOURCES) {
    if (volume[source] === undefined) continue;
    found++;
    if (found > 1) report.forbidden(path.child(source), 'may not specify more than 1 volume type');
  }
  if (found === 0) report.required(path, 'must specify a volume type');
  if (found !== 1) return;
  checkNodeSource(path, volume, report);
  checkObjectSource(path, volume, report);
  checkRequiredTexts(path, volume, report);
  if (volume.gitRepo !== undefined) report.warn(`${path.child('gitRepo').toString()}: ${GIT_REPO_WARNING}`);
}

function checkNodeSource(path: FieldPath, { emptyDir, hostPath, image }: Volume, report: IssueReport): void {
  if (emptyDir?.sizeLimit !== undefined && (parseQuantity(emptyDir.sizeLimit)?.nanos ?? 0n) < 0n) {
    report.forbidden(path.child('emptyDir', 'sizeLimit'), 'SizeLimit field must be a valid resource quantity');
  }
  if (hostPath !== undefined && hostPath.path !== '')
    checkNoParent(path.child('hostPath', 'path'), hostPath.path, report);
  if (image !== undefined && (image.reference ?? '') === '') report.required(path.child('image', 'reference'));
}

function checkObjectSource(path: FieldPath, volume: Volume, report: IssueReport): void {
  const { secret, configMap, downwardAPI, projected, ephemeral } = volume;
  if (secret !== undefined) {
    const at = path.child('secret');
    if ((secret.secretName ?? '') === '') report.required(at.child('secretName'));
    checkMode(at.child('defaultMode'), secret.defaultMode, report);
    checkItems(at.child('items'), secret.items ?? [], report);
  }
  if (configMap !== undefined) {
    const at = path.child('configMap');
    if ((configMap.name ?? '') === '') report.required(at.child('name'));
    checkMode(at.child('defaultMode'), configMap.defaultMode, report);
    checkItems(at.child('items'), configMap.items ?? [], report);
  }
  if (downwardAPI !== undefined) {
    checkMode(path.child('downwardAPI', 'defaultMode'), downwardAPI.defaultMode, report);
    checkDownwardItems(path.child('downwardAPI', 'items'), downwardAPI.items ?? [], report);
  }
  if (projected !== undefined) {
    checkMode(path.child('projected', 'defaultMode'), projected.defaultMode, report);
    for (const [i, source] of (projected.sources ?? []).entries()) {
      checkProjection(path.child('projected', 'sources').index(i), source, report);
    }
  }
  if (ephemeral === undefined) return;
  const template = ephemeral.volumeClaimTemplate;
  const at = path.child('ephemeral', 'volumeClaimTemplate');
  if (template === undefined) report.required(at);
  else checkPersistentVolumeClaimSpec(at.child('spec'), template.spec, report);
}

/** Texts that the structure demands must also say something. */
function checkRequiredTexts(path: FieldPath, volume: Volume, report: IssueReport): void {
  for (const source of SOURCES) {
    const value = volume[source] as Readonly<Record<string, unknown>> | undefined;
    if (value === undefined) continue;
    for (const [name, schema] of Object.entries(volumeSources[source].properties ?? {})) {
      if (schema.isRequired === true && value[name] === '') report.required(path.child(source, name));
    }
  }
}

function checkMode(path: FieldPath, mode: number | undefined, report: IssueReport): void {
  if (mode !== undefined && (mode < 0 || mode > MAX_MODE)) report.invalid(path, mode, MODE_PROBLEM);
}

function checkItems(path: FieldPath, items: Items, report: IssueReport): void {
  for (const [i, item] of items.entries()) {
    const at = path.index(i);
    if (item.key === '') report.required(at.child('key'));
    if (item.path === '') report.required(at.child('path'));
    else checkPathInVolume(at.child('path'), item.path, report);
    checkMode(at.child('mode'), item.mode, report);
  }
}

function checkDownwardItems(path: FieldPath, items: DownwardItems, report: IssueReport): void {
  for (const [i, { path: file, fieldRef, resourceFieldRef, mode }] of items.entries()) {
    const at = path.index(i);
    if (file === '') report.required(at.child('path'));
    else checkPathInVolume(at.child('path'), file, report);
    if (fieldRef !== undefined && resourceFieldRef !== undefined) {
      report.invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
    } else if (fieldRef !== undefined) checkFieldRef(at.child('fieldRef'), fieldRef, 'volume', report);
    else if (resourceFieldRef !== undefined) {
      checkResourceFieldRef(at.child('resourceFieldRef'), resourceFieldRef, true, report);
    } else report.required(at, 'one of fieldRef and resourceFieldRef is required');
    checkMode(at.child('mode'), mode, report);
  }
}

function checkProjection(path: FieldPath, source: Projection, report: IssueReport): void {
  const given = Object.entries(source).filter(([, value]) => value !== undefined);
  for (const [name] of given.slice(1)) report.forbidden(path.child(name), 'may not specify more than 1 volume type');
  if (given.length === 0) report.required(path, 'must specify a volume type');
  if (given.length !== 1) return;
  const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle } = source;
  for (const [field, ref] of Object.entries({ secret, configMap })) {
    if (ref === undefined) continue;
    if ((ref.name ?? '') === '') report.required(path.child(field, 'name'));
    checkItems(path.child(field, 'items'), ref.items ?? [], report);
  }
  checkDownwardItems(path.child('downwardAPI', 'items'), downwardAPI?.items ?? [], report);
  if (serviceAccountToken !== undefined) checkToken(path.child('serviceAccountToken'), serviceAccountToken, report);
  if (clusterTrustBundle === undefined) return;
  const at = path.child('clusterTrustBundle');
  const { name, signerName, path: file } = clusterTrustBundle;
  if (name === undefined && signerName === undefined)
    report.required(at, 'either name or signerName must be specified');
  if (name !== undefined && signerName !== undefined) {
    report.invalid(at, name, 'only one of name and signerName may be used');
  }
  if (file === '') report.required(at.child('path'));
  else checkPathInVolume(at.child('path'), file, report);
}

function checkToken(path: FieldPath, token: NonNullable<Projection['serviceAccountToken']>, report: IssueReport): void {
  const seconds = token.expirationSeconds ?? 0;
  const at = path.child('expirationSeconds');
  if (seconds < MIN_TOKEN_SECONDS) report.invalid(at, seconds, 'may not specify a duration less than 10 minutes');
  if (seconds > MAX_TOKEN_SECONDS) report.invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds');
  if (token.path === '') report.required(path.child('path'));
  else checkPathInVolume(path.child('path'), token.path, report);
}
