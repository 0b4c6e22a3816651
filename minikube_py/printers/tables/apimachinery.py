"""Tables of the API's own kinds: definitions of custom resources, API services, storage versions and their migration."""

from minikube_py.machinery import meta
from minikube_py.machinery.meta import Object
from minikube_py.printers.tables import cells
from minikube_py.printers.tables.columns import AGE, CREATED_AT, NAME, Cells, Column, Table, text
from minikube_py.printers.tables.core import created_at


def _api_service(obj: Object, now: float) -> Cells:
    service = cells.spec(obj).get("service")
    shown = f"{service.get('namespace', '')}/{service.get('name', '')}" if service else "Local"
    available = meta.condition(obj, "Available") or {}
    status = available.get("status", "Unknown")
    if status != "True" and available.get("reason"):
        status = f"{status} ({available['reason']})"
    return [obj["metadata"]["name"], shown, status, cells.age(obj, now)]


def _storage_version(obj: Object, now: float) -> Cells:
    status = cells.status(obj)
    common = cells.UNSET if status.get("commonEncodingVersion") is None else status["commonEncodingVersion"]
    servers = (f"{item.get('apiServerID', '')}={item.get('encodingVersion', '')}" for item in status.get("storageVersions") or ())
    return [obj["metadata"]["name"], common, cells.cut_or_unset(servers), cells.age(obj, now)]


def _migration(obj: Object, now: float) -> Cells:
    resource = cells.spec(obj).get("resource") or {}
    return [obj["metadata"]["name"], ".".join(resource.get(part, "") for part in ("resource", "version", "group"))]


TABLES = {
    "customresourcedefinitions": Table((NAME, CREATED_AT), created_at),
    "apiservices": Table((NAME, text("Service", "Who serves it."), text("Available", "Whether it can be reached."), AGE), _api_service),
    "storageversions": Table(
        (
            NAME,
            text("CommonEncodingVersion", "Version that all servers store."),
            text("StorageVersions", "Version that each server stores."),
            AGE,
        ),
        _storage_version,
    ),
    "storageversionmigrations": Table((Column("Name", description="Name of the migration."), text("Resource", "Resource that is migrated.")), _migration),
}
