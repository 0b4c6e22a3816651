"""Fields of pods that v1.33 does not keep, as their feature gates are off by default (pkg/api/pod DropDisabledPodFields). In place."""

from typing import Any

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


def drop(spec: dict[str, Any]) -> None:
    """Drop what PodLevelResources, DynamicResourceAllocation, ImageVolume and ClusterTrustBundleProjection would bring."""
    spec.pop("resources", None)
    spec.pop("resourceClaims", None)
    volumes = spec.get("volumes")
    if not volumes:
        return
    images = {volume.get("name", "") for volume in volumes if volume.get("image") is not None}
    if images:
        _keep(spec, "volumes", [volume for volume in volumes if volume.get("image") is None])
        for field in _CONTAINERS:
            for item in spec.get(field) or ():
                if item.get("volumeMounts"):
                    _keep(item, "volumeMounts", [mount for mount in item["volumeMounts"] if mount.get("name", "") not in images])
    for volume in volumes:
        for source in (volume.get("projected") or {}).get("sources") or ():
            source.pop("clusterTrustBundle", None)


def _keep(holder: dict[str, Any], field: str, items: list[Any]) -> None:
    holder.pop(field)
    if items:
        holder[field] = items


def drop_of_container(item: dict[str, Any]) -> None:
    """Drop what DynamicResourceAllocation and ContainerStopSignals would bring to a container with resources."""
    item["resources"].pop("claims", None)
    lifecycle = item.get("lifecycle")
    if lifecycle and lifecycle.pop("stopSignal", None) is not None and not lifecycle:
        del item["lifecycle"]


def drop_of_status(status: dict[str, Any]) -> None:
    """Drop what DynamicResourceAllocation, ResourceHealthStatus and PodObservedGenerationTracking would bring to a status."""
    status.pop("resourceClaimStatuses", None)
    status.pop("observedGeneration", None)
    for condition in status.get("conditions") or ():
        condition.pop("observedGeneration", None)
    for field in ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"):
        for item in status.get(field) or ():
            item.pop("allocatedResourcesStatus", None)
