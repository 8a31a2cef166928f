/** Volumes that Kubernetes itself fills: from objects, from the node and from the pod. */

import { embeddedMeta } from '../../../kind/index.ts';
import { boolean, enumeration, integer, list, map, object, required, string } from '../../../schema/index.ts';
import { labelSelector } from '../../../validation/label-selector.ts';
import { quantity } from '../../../validation/quantity.ts';
import { persistentVolumeClaimSpec } from '../persistent-volume-claim-spec.ts';
import { objectFieldSelector, resourceFieldSelector } from './env.ts';

const CORE = 'io.k8s.api.core.v1';
/** 0644, the mode of files unless said otherwise. */
const FILE_MODE = 420;

const items = list(
  'Which values become files; all, under their own names, when empty.',
  object(
    'A value and its file.',
    {
      key: required(string('Key of the value.')),
      path: required(string('Path of the file in the volume.')),
      mode: integer('Permissions of the file.'),
    },
    { name: `${CORE}.KeyToPath` },
  ),
  { listType: 'atomic' },
);

const downwardFiles = list(
  'The files.',
  object(
    'A fact about the pod as a file.',
    {
      path: required(string('Path of the file in the volume.')),
      fieldRef: objectFieldSelector,
      resourceFieldRef: resourceFieldSelector,
      mode: integer('Permissions of the file.'),
    },
    { name: `${CORE}.DownwardAPIVolumeFile` },
  ),
  { listType: 'atomic' },
);

const defaultMode = integer('Permissions of files that do not say otherwise.', { default: FILE_MODE });

const projections = {
  secret: object(
    'Values of a Secret.',
    { name: string('Name of the Secret.'), items, optional: boolean('The Secret need not exist.') },
    { name: `${CORE}.SecretProjection` },
  ),
  downwardAPI: object('Facts about the pod.', { items: downwardFiles }, { name: `${CORE}.DownwardAPIProjection` }),
  configMap: object(
    'Values of a ConfigMap.',
    { name: string('Name of the ConfigMap.'), items, optional: boolean('The ConfigMap need not exist.') },
    { name: `${CORE}.ConfigMapProjection` },
  ),
  serviceAccountToken: object(
    'A token of the service account, renewed in time.',
    {
      audience: string('Who will check the token; the API server when empty.'),
      expirationSeconds: integer('Life of the token.', { format: 'int64', default: 3600 }),
      path: required(string('Path of the file in the volume.')),
    },
    { name: `${CORE}.ServiceAccountTokenProjection` },
  ),
  clusterTrustBundle: object(
    'Certificates of trust bundles.',
    {
      name: string('Name of one bundle.'),
      signerName: string('Signer whose bundles are taken.'),
      labelSelector: labelSelector('Which bundles of the signer are taken.'),
      optional: boolean('The bundle need not exist.'),
      path: required(string('Path of the file in the volume.')),
    },
    { name: `${CORE}.ClusterTrustBundleProjection` },
  ),
  podCertificate: object(
    'A key and certificate for the pod, renewed in time.',
    {
      signerName: required(string('Who signs.')),
      keyType: required(string('Kind of key, such as ECDSAP256 or ED25519.')),
      maxExpirationSeconds: integer('Longest life of the certificate.'),
      credentialBundlePath: string('File with the key and the certificates.'),
      keyPath: string('File with the key.'),
      certificateChainPath: string('File with the certificates.'),
      userAnnotations: map('Facts that are passed to the signer.', string('A value.')),
    },
    { name: `${CORE}.PodCertificateProjection` },
  ),
};

/** Volumes from objects of the API. */
export const objectVolumeSources = {
  configMap: object(
    'Values of a ConfigMap as files.',
    { name: string('Name of the ConfigMap.'), items, defaultMode, optional: boolean('The ConfigMap need not exist.') },
    { name: `${CORE}.ConfigMapVolumeSource` },
  ),
  secret: object(
    'Values of a Secret as files.',
    { secretName: string('Name of the Secret.'), items, defaultMode, optional: boolean('The Secret need not exist.') },
    { name: `${CORE}.SecretVolumeSource` },
  ),
  downwardAPI: object(
    'Facts about the pod as files.',
    { items: downwardFiles, defaultMode },
    {
      name: `${CORE}.DownwardAPIVolumeSource`,
    },
  ),
  projected: object(
    'Several sources in one directory.',
    {
      sources: list('The sources.', object('One source.', projections, { name: `${CORE}.VolumeProjection` }), {
        listType: 'atomic',
      }),
      defaultMode,
    },
    { name: `${CORE}.ProjectedVolumeSource` },
  ),
  persistentVolumeClaim: object(
    'A volume that outlives the pod.',
    {
      claimName: required(string('Name of the claim.')),
      readOnly: boolean('All mounts are read-only.'),
    },
    { name: `${CORE}.PersistentVolumeClaimVolumeSource` },
  ),
  ephemeral: object(
    'A volume from a claim that lives as long as the pod.',
    {
      volumeClaimTemplate: object(
        'The claim that is made.',
        { metadata: embeddedMeta, spec: required(persistentVolumeClaimSpec) },
        { name: `${CORE}.PersistentVolumeClaimTemplate` },
      ),
    },
    { name: `${CORE}.EphemeralVolumeSource` },
  ),
} as const;

/** Volumes from the node and from images. */
export const nodeVolumeSources = {
  emptyDir: object(
    'A directory that starts empty and lives as long as the pod.',
    {
      medium: string('Memory for a file system in memory; otherwise what the node offers.'),
      sizeLimit: quantity('Largest size.'),
    },
    { name: `${CORE}.EmptyDirVolumeSource` },
  ),
  hostPath: object(
    'A file or directory of the node.',
    {
      path: required(string('Path on the node.')),
      type: enumeration(
        'What must be at the path, or is made there.',
        ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'],
        { default: '' },
      ),
    },
    { name: `${CORE}.HostPathVolumeSource` },
  ),
  image: object(
    'The files of an image.',
    {
      reference: string('Image that is mounted.'),
      pullPolicy: enumeration('When the image is fetched.', ['Always', 'IfNotPresent', 'Never']),
    },
    { name: `${CORE}.ImageVolumeSource` },
  ),
} as const;
