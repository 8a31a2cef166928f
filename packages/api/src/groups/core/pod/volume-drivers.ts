/** Volumes that storage systems provide. */
import { boolean, enumeration, integer, list, map, object, required, string } from '../../../schema/index.ts';
import { stringList } from '../../meta/index.ts';
import { localObjectReference } from '../references.ts';

const CORE = 'io.k8s.api.core.v1';
const fsType = string('File system of the volume.');
const readOnly = boolean('All mounts are read-only.');
const secretRef = localObjectReference('Secret with the credentials.');

/** Volumes of network file systems and of drivers. */
export const networkVolumeSources = {
  nfs: object(
    'A directory of an NFS server.',
    { server: required(string('Name or address of the server.')), path: required(string('Exported path.')), readOnly },
    { name: `${CORE}.NFSVolumeSource` },
  ),
  csi: object(
    'A volume of a CSI driver that lives as long as the pod.',
    {
      driver: required(string('Name of the driver.')),
      readOnly,
      fsType,
      volumeAttributes: map('Attributes that the driver understands.', string('A value.')),
      nodePublishSecretRef: secretRef,
    },
    { name: `${CORE}.CSIVolumeSource` },
  ),
  iscsi: object(
    'A disk of an iSCSI target.',
    {
      targetPortal: required(string('Address of the target.')),
      iqn: required(string('Qualified name of the target.')),
      lun: required(integer('Number of the unit.')),
      iscsiInterface: string('Interface that is used.', { default: 'default' }),
      fsType,
      readOnly,
      portals: list('Further addresses of the target.', string('An address.'), { listType: 'atomic' }),
      chapAuthDiscovery: boolean('Discovery is authenticated.'),
      chapAuthSession: boolean('Sessions are authenticated.'),
      secretRef,
      initiatorName: string('Name of this initiator.'),
    },
    { name: `${CORE}.ISCSIVolumeSource` },
  ),
  fc: object(
    'A Fibre Channel disk.',
    {
      targetWWNs: stringList('World wide names of the targets.', 'A name.'),
      lun: integer('Number of the unit.'),
      fsType,
      readOnly,
      wwids: stringList('World wide identifiers of the volume.', 'An identifier.'),
    },
    { name: `${CORE}.FCVolumeSource` },
  ),
  cephfs: object(
    'A directory of CephFS.',
    {
      monitors: required(stringList('Addresses of the monitors.', 'An address.')),
      path: string('Path in the file system.'),
      user: string('User name.'),
      secretFile: string('File with the key on the node.'),
      secretRef,
      readOnly,
    },
    { name: `${CORE}.CephFSVolumeSource` },
  ),
  rbd: object(
    'A block device of Ceph.',
    {
      monitors: required(stringList('Addresses of the monitors.', 'An address.')),
      image: required(string('Name of the image.')),
      fsType,
      pool: string('Name of the pool.', { default: 'rbd' }),
      user: string('User name.', { default: 'admin' }),
      keyring: string('File with the key on the node.', { default: '/etc/ceph/keyring' }),
      secretRef,
      readOnly,
    },
    { name: `${CORE}.RBDVolumeSource` },
  ),
  glusterfs: object(
    'A GlusterFS volume.',
    {
      endpoints: required(string('Endpoints object with the servers.')),
      path: required(string('Name of the volume.')),
      readOnly,
    },
    { name: `${CORE}.GlusterfsVolumeSource` },
  ),
  flexVolume: object(
    'A volume of an exec driver.',
    {
      driver: required(string('Name of the driver.')),
      fsType,
      secretRef,
      readOnly,
      options: map('Options that the driver understands.', string('A value.')),
    },
    { name: `${CORE}.FlexVolumeSource` },
  ),
  gitRepo: object(
    'A clone of a Git repository.',
    {
      repository: required(string('Address of the repository.')),
      revision: string('Commit that is checked out.'),
      directory: string('Directory of the clone in the volume.'),
    },
    { name: `${CORE}.GitRepoVolumeSource` },
  ),
} as const;

/** Disks of clouds and of storage products. */
export const diskVolumeSources = {
  awsElasticBlockStore: object(
    'A disk of AWS.',
    {
      volumeID: required(string('Identity of the disk.')),
      fsType,
      partition: integer('Partition of the disk.'),
      readOnly,
    },
    { name: `${CORE}.AWSElasticBlockStoreVolumeSource` },
  ),
  azureDisk: object(
    'A disk of Azure.',
    {
      diskName: required(string('Name of the disk.')),
      diskURI: required(string('Address of the disk.')),
      cachingMode: enumeration('What the host caches.', ['None', 'ReadOnly', 'ReadWrite'], { default: 'ReadWrite' }),
      fsType: string('File system of the volume.', { default: 'ext4' }),
      readOnly: boolean('All mounts are read-only.', { default: false }),
      kind: enumeration('Kind of the disk.', ['Dedicated', 'Managed', 'Shared'], { default: 'Shared' }),
    },
    { name: `${CORE}.AzureDiskVolumeSource` },
  ),
  azureFile: object(
    'A file share of Azure.',
    {
      secretName: required(string('Secret with the account.')),
      shareName: required(string('Name of the share.')),
      readOnly,
    },
    { name: `${CORE}.AzureFileVolumeSource` },
  ),
  cinder: object(
    'A disk of OpenStack.',
    { volumeID: required(string('Identity of the disk.')), fsType, readOnly, secretRef },
    { name: `${CORE}.CinderVolumeSource` },
  ),
  gcePersistentDisk: object(
    'A disk of Google Cloud.',
    {
      pdName: required(string('Name of the disk.')),
      fsType,
      partition: integer('Partition of the disk.'),
      readOnly,
    },
    { name: `${CORE}.GCEPersistentDiskVolumeSource` },
  ),
  vsphereVolume: object(
    'A disk of vSphere.',
    {
      volumePath: required(string('Path of the disk.')),
      fsType,
      storagePolicyName: string('Name of the storage policy.'),
      storagePolicyID: string('Identity of the storage policy.'),
    },
    { name: `${CORE}.VsphereVirtualDiskVolumeSource` },
  ),
  photonPersistentDisk: object(
    'A disk of Photon.',
    { pdID: required(string('Identity of the disk.')), fsType },
    { name: `${CORE}.PhotonPersistentDiskVolumeSource` },
  ),
  portworxVolume: object(
    'A volume of Portworx.',
    { volumeID: required(string('Identity of the volume.')), fsType, readOnly },
    { name: `${CORE}.PortworxVolumeSource` },
  ),
  quobyte: object(
    'A volume of Quobyte.',
    {
      registry: required(string('Addresses of the registries.')),
      volume: required(string('Name of the volume.')),
      readOnly,
      user: string('User that the volume is mapped to.'),
      group: string('Group that the volume is mapped to.'),
      tenant: string('Tenant that owns the volume.'),
    },
    { name: `${CORE}.QuobyteVolumeSource` },
  ),
  scaleIO: object(
    'A volume of ScaleIO.',
    {
      gateway: required(string('Address of the gateway.')),
      system: required(string('Name of the storage system.')),
      secretRef: required(secretRef),
      sslEnabled: boolean('The gateway is asked over TLS.'),
      protectionDomain: string('Protection domain.'),
      storagePool: string('Storage pool.'),
      storageMode: string('Thin or thick.', { default: 'ThinProvisioned' }),
      volumeName: string('Name of the volume.'),
      fsType: string('File system of the volume.', { default: 'xfs' }),
      readOnly,
    },
    { name: `${CORE}.ScaleIOVolumeSource` },
  ),
  storageos: object(
    'A volume of StorageOS.',
    {
      volumeName: string('Name of the volume.'),
      volumeNamespace: string('Namespace of the volume.'),
      fsType,
      readOnly,
      secretRef,
    },
    { name: `${CORE}.StorageOSVolumeSource` },
  ),
  flocker: object(
    'A volume of Flocker.',
    { datasetName: string('Name of the data set.'), datasetUUID: string('Identity of the data set.') },
    { name: `${CORE}.FlockerVolumeSource` },
  ),
} as const;
