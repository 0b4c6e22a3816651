"""What kubectl says of each source of a volume: a table. Order is that in which kubectl looks for them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from minikube_py.describers import golang

Show = Callable[[Any], str]


class Source(NamedTuple):
    """A source: its field in the API, what it is, and its lines as (label with colon, path in the source, spelling)."""

    field: str
    meaning: str
    lines: tuple[tuple[str, str, Show], ...]


def _number(value: Any) -> str:
    return str(value or 0)


def _or_none(value: Any) -> str:
    return "<none>" if value is None else str(value)


def _or_unset(value: Any) -> str:
    return "<unset>" if value is None else str(value)


def _joined(value: Any) -> str:
    return ", ".join(value or ())


def _local_reference(value: Any) -> str:
    return golang.pointer("LocalObjectReference", ("Name",), value)


def _reference(value: Any) -> str:
    return golang.pointer("SecretReference", ("Name", "Namespace"), value)


def _size(value: Any) -> str:
    from minikube_py.machinery import quantity

    size = quantity.parse(value or "0")
    return str(size) if size.nanos > 0 else "<unset>"


_S, _B = golang.show, golang.boolean
_FS, _READ_ONLY = ("FSType:", "fsType", _S), ("ReadOnly:", "readOnly", _B)
_ISCSI = "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)"
_GLUSTER = "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)"
_RBD = "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)"
_SCALEIO = "ScaleIO (a persistent volume backed by a block device in ScaleIO)"
_CINDER = "Cinder (a Persistent Disk resource in OpenStack)"
_CEPH = "CephFS (a CephFS mount on the host that shares a pod's lifetime)"
_AZURE_FILE = "AzureFile (an Azure File Service mount on the host and bind mount to the pod)"
_FLEX = "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)"
_CSI = "CSI (a Container Storage Interface (CSI) volume source)"


def _disk(field: str, meaning: str, label: str, path: str) -> Source:
    return Source(field, meaning, ((label, path, _S), _FS, ("Partition:", "partition", _number), _READ_ONLY))


def _iscsi(reference: Show) -> Source:
    return Source("iscsi", _ISCSI, (
        ("TargetPortal:", "targetPortal", _S), ("IQN:", "iqn", _S), ("Lun:", "lun", _number), ("ISCSIInterface", "iscsiInterface", _S),
        _FS, _READ_ONLY, ("Portals:", "portals", golang.listing), ("DiscoveryCHAPAuth:", "chapAuthDiscovery", _B),
        ("SessionCHAPAuth:", "chapAuthSession", _B), ("SecretRef:", "secretRef", reference), ("InitiatorName:", "initiatorName", _or_none),
    ))  # fmt: skip


def _rbd(reference: Show) -> Source:
    return Source("rbd", _RBD, (
        ("CephMonitors:", "monitors", golang.listing), ("RBDImage:", "image", _S), _FS, ("RBDPool:", "pool", _S),
        ("RadosUser:", "user", _S), ("Keyring:", "keyring", _S), ("SecretRef:", "secretRef", reference), _READ_ONLY,
    ))  # fmt: skip


def _cinder(reference: Show) -> Source:
    return Source("cinder", _CINDER, (("VolumeID:", "volumeID", _S), _FS, _READ_ONLY, ("SecretRef:", "secretRef", reference)))


def _ceph(reference: Show) -> Source:
    return Source("cephfs", _CEPH, (
        ("Monitors:", "monitors", golang.listing), ("Path:", "path", _S), ("User:", "user", _S), ("SecretFile:", "secretFile", _S),
        ("SecretRef:", "secretRef", reference), _READ_ONLY,
    ))  # fmt: skip


def _flex(reference: Show) -> Source:
    lines = (("Driver:", "driver", _S), _FS, ("SecretRef:", "secretRef", reference), _READ_ONLY, ("Options:", "options", golang.mapping))
    return Source("flexVolume", _FLEX, lines)


_SCALEIO_HEAD = (
    ("Gateway:", "gateway", _S), ("System:", "system", _S), ("Protection Domain:", "protectionDomain", _S),
    ("Storage Pool:", "storagePool", _S), ("Storage Mode:", "storageMode", _S), ("VolumeName:", "volumeName", _S),
)  # fmt: skip
_GLUSTER_TAIL = (("Path:", "path", _S), _READ_ONLY)
_HOST_PATH = Source("hostPath", "HostPath (bare host directory volume)", (("Path:", "path", _S), ("HostPathType:", "type", _or_none)))
_GCE = _disk("gcePersistentDisk", "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)", "PDName:", "pdName")
_AWS = _disk("awsElasticBlockStore", "AWSElasticBlockStore (a Persistent Disk resource in AWS)", "VolumeID:", "volumeID")
_NFS = Source("nfs", "NFS (an NFS mount that lasts the lifetime of a pod)", (("Server:", "server", _S), ("Path:", "path", _S), _READ_ONLY))
_QUOBYTE = Source(
    "quobyte",
    "Quobyte (a Quobyte mount on the host that shares a pod's lifetime)",
    (("Registry:", "registry", _S), ("Volume:", "volume", _S), _READ_ONLY),
)
_AZURE_DISK = Source("azureDisk", "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)", (
    ("DiskName:", "diskName", _S), ("DiskURI:", "diskURI", _S), ("Kind: ", "kind", _S), _FS,
    ("CachingMode:", "cachingMode", _S), _READ_ONLY,
))  # fmt: skip
_VSPHERE = Source(
    "vsphereVolume",
    "vSphereVolume (a Persistent Disk resource in vSphere)",
    (("VolumePath:", "volumePath", _S), _FS, ("StoragePolicyName:", "storagePolicyName", _S)),
)
_PHOTON = Source("photonPersistentDisk", "PhotonPersistentDisk (a Persistent Disk resource in photon platform)", (("PdID:", "pdID", _S), _FS))
_PORTWORX = Source("portworxVolume", "PortworxVolume (a Portworx Volume resource)", (("VolumeID:", "volumeID", _S),))
_STORAGEOS = Source(
    "storageos",
    "StorageOS (a StorageOS Persistent Disk resource)",
    (("VolumeName:", "volumeName", _S), ("VolumeNamespace:", "volumeNamespace", _S), _FS, _READ_ONLY),
)
_FC = Source("fc", "FC (a Fibre Channel disk)", (("TargetWWNs:", "targetWWNs", _joined), ("LUN:", "lun", _or_none), _FS, _READ_ONLY))
_FLOCKER = Source(
    "flocker",
    "Flocker (a Flocker volume mounted by the Flocker agent)",
    (("DatasetName:", "datasetName", _S), ("DatasetUUID:", "datasetUUID", _S)),
)

POD = (
    _HOST_PATH,
    Source(
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        (("Medium:", "medium", _S), ("SizeLimit:", "sizeLimit", _size)),
    ),
    _GCE, _AWS,
    Source(
        "gitRepo",
        "GitRepo (a volume that is pulled from git when the pod is created)",
        (("Repository:", "repository", _S), ("Revision:", "revision", _S)),
    ),
    Source("secret", "Secret (a volume populated by a Secret)", (("SecretName:", "secretName", _S), ("Optional:", "optional", _B))),
    Source("configMap", "ConfigMap (a volume populated by a ConfigMap)", (("Name:", "name", _S), ("Optional:", "optional", _B))),
    _NFS, _iscsi(_local_reference),
    Source("glusterfs", _GLUSTER, (("EndpointsName:", "endpoints", _S), *_GLUSTER_TAIL)),
    Source(
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        (("ClaimName:", "claimName", _S), _READ_ONLY),
    ),
    Source("ephemeral", "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)", ()),
    _rbd(_local_reference), _QUOBYTE,
    Source("downwardAPI", "DownwardAPI (a volume populated by information about the pod)", ()),
    _AZURE_DISK, _VSPHERE, _cinder(_local_reference), _PHOTON, _PORTWORX,
    Source("scaleIO", _SCALEIO, (*_SCALEIO_HEAD, _FS, _READ_ONLY)),
    _ceph(_local_reference), _STORAGEOS, _FC,
    Source("azureFile", _AZURE_FILE, (("SecretName:", "secretName", _S), ("ShareName:", "shareName", _S), _READ_ONLY)),
    _flex(_local_reference), _FLOCKER,
    Source("projected", "Projected (a volume that contains injected data from multiple sources)", ()),
    Source("csi", _CSI, (("Driver:", "driver", _S), _FS, _READ_ONLY)),
    Source("image", "Image (a container image or OCI artifact)", (("Reference:", "reference", _S), ("PullPolicy:", "pullPolicy", _S))),
)  # fmt: skip

PERSISTENT = (
    _HOST_PATH, _GCE, _AWS, _NFS, _iscsi(_reference),
    Source("glusterfs", _GLUSTER, (
        ("EndpointsName:", "endpoints", _S), ("EndpointsNamespace:", "endpointsNamespace", _or_unset), *_GLUSTER_TAIL,
    )),
    _rbd(_reference), _QUOBYTE, _VSPHERE, _cinder(_reference), _AZURE_DISK, _PHOTON, _PORTWORX,
    Source("scaleIO", _SCALEIO, (
        *_SCALEIO_HEAD, ("SecretName:", "secretRef.name", _S), ("SecretNamespace:", "secretRef.namespace", _S), _FS, _READ_ONLY,
    )),
    Source("local", "LocalVolume (a persistent volume backed by local storage on a node)", (("Path:", "path", _S),)),
    _ceph(_reference), _STORAGEOS, _FC,
    Source("azureFile", _AZURE_FILE, (
        ("SecretName:", "secretName", _S), ("SecretNamespace:", "secretNamespace", _S), ("ShareName:", "shareName", _S), _READ_ONLY,
    )),
    _flex(_reference), _FLOCKER,
    Source("csi", _CSI, (("Driver:", "driver", _S), _FS, ("VolumeHandle:", "volumeHandle", _S), _READ_ONLY)),
)  # fmt: skip
