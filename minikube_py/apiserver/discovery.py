"""What is served, as clients ask for it: aggregated discovery (v2, v2beta1) and the older documents of /api, /apis and below.

Pure functions from a Scheme to documents whose fields stand in Go's order. The caller keeps them as long as the scheme is the same.
"""

import base64
import hashlib
from functools import cache

from minikube_py.machinery import meta, scheme
from minikube_py.machinery.meta import Object
from minikube_py.machinery.scheme import Resource, Scheme, Subresource

AGGREGATED_VERSIONS = ("v2", "v2beta1")
# Kinds that are kept as those of another group: (group, kind) -> what is hashed.
_KEPT_AS = {("events.k8s.io", "Event"): ("", "v1", "Event")}


def content_type(version: str) -> str:
    """Return the content type of aggregated discovery; `version` is v2 or v2beta1."""
    return f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"


def aggregated_version(accept: str) -> str | None:
    """Return v2 or v2beta1 where an Accept header asks for it before anything else that is served, None for the older documents."""
    for clause in accept.split(","):
        media, *parameters = (part.strip() for part in clause.split(";"))
        asked = dict(parameter.partition("=")[::2] for parameter in parameters)
        if asked.get("as") == "APIGroupDiscoveryList" and asked.get("g") == "apidiscovery.k8s.io" and asked.get("v") in AGGREGATED_VERSIONS:
            return asked["v"]
        if media in ("application/json", "*/*", "application/*") and "as" not in asked:
            return None
    return None


def etag(body: bytes) -> str:
    """Return the ETag of a document, quoted; its hex digits are what ?hash= of OpenAPI v3 holds."""
    return f'"{digest(body)}"'


def digest(body: bytes) -> str:
    """Return the hex digits (SHA-512, as kube-apiserver's) that tell documents apart."""
    return hashlib.sha512(body).hexdigest().upper()


def aggregated(known: Scheme, *, core: bool, version: str = "v2") -> Object:
    """Return the APIGroupDiscoveryList of /api (`core`) or of /apis."""
    groups = [""] if core else _groups(known)
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [_group_discovery(known, group) for group in groups if known.versions(group)],
    }


def api_versions(address: str) -> Object:
    """Return the APIVersions of /api; `address` is the server's HOST:PORT."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def group_list(known: Scheme) -> Object:
    """Return the APIGroupList of /apis."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(known, group) for group in _groups(known)]}


def group(known: Scheme, name: str) -> Object | None:
    """Return the APIGroup of /apis/NAME; None where nothing of it is served."""
    return {"kind": "APIGroup", "apiVersion": "v1"} | _group(known, name) if name and known.versions(name) else None


def resource_list(known: Scheme, group_name: str, version: str) -> Object | None:
    """Return the APIResourceList of /api/v1 or /apis/GROUP/VERSION; None where it is not served."""
    resources = _resources(known, group_name, version)
    if not resources:
        return None
    head = {"kind": "APIResourceList"} | ({"apiVersion": "v1"} if group_name else {})
    rows = [row for resource in resources for row in _api_resources(known, resource)]
    return head | {"groupVersion": meta.api_version(group_name, version), "resources": rows}


def _groups(known: Scheme) -> list[str]:
    """Return all served groups but core: built-in ones in their order, then custom ones by name, as their priority is the same."""
    places = _places()
    served = [name for name in known.groups() if name and known.versions(name)]
    return sorted(served, key=lambda name: (places.get(name, len(places)), name))


@cache
def _places() -> dict[str, int]:
    return {name: place for place, name in enumerate(scheme.builtin().groups())}


def _resources(known: Scheme, group_name: str, version: str) -> list[Resource]:
    return [resource for resource in known if (resource.group, resource.version) == (group_name, version) and resource.served]


def _group_discovery(known: Scheme, name: str) -> Object:
    versions = [
        {"version": version, "resources": [_resource_discovery(resource) for resource in _resources(known, name, version)], "freshness": "Current"}
        for version in known.versions(name)
    ]
    return {"metadata": ({"name": name} if name else {}) | {"creationTimestamp": None}, "versions": versions}


def _resource_discovery(resource: Resource) -> Object:
    row: Object = {
        "resource": resource.plural,
        "responseKind": {"group": "", "version": "", "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    if resource.subresources:
        row["subresources"] = [_subresource_discovery(resource, sub) for sub in resource.subresources.values()]
    return row


def _subresource_discovery(resource: Resource, sub: Subresource) -> Object:
    group_name, version = _foreign(resource, sub)
    return {"subresource": sub.name, "responseKind": {"group": group_name, "version": version, "kind": sub.kind}, "verbs": list(sub.verbs)}


def _foreign(resource: Resource, sub: Subresource) -> tuple[str, str]:
    """Return group and version of a subresource's kind where they are not those of the resource; empty else."""
    return ("", "") if (sub.group, sub.version) == (resource.group, resource.version) else (sub.group, sub.version)


def _group(known: Scheme, name: str) -> Object:
    versions = [{"groupVersion": meta.api_version(name, version), "version": version} for version in known.versions(name)]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _api_resources(known: Scheme, resource: Resource) -> list[Object]:
    row: Object = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        row["shortNames"] = list(resource.short_names)
    if resource.categories:
        row["categories"] = list(resource.categories)
    if "watch" in resource.verbs and resource.group in _places():
        row["storageVersionHash"] = _storage_hash(known, resource)
    return [row, *(_api_subresource(resource, sub) for sub in resource.subresources.values())]


def _api_subresource(resource: Resource, sub: Subresource) -> Object:
    row: Object = {"name": f"{resource.plural}/{sub.name}", "singularName": "", "namespaced": resource.namespaced}
    group_name, version = _foreign(resource, sub)
    if version:
        row |= {"group": group_name, "version": version}
    return row | {"kind": sub.kind, "verbs": list(sub.verbs)}


def _storage_hash(known: Scheme, resource: Resource) -> str:
    """Return what tells clients that objects are kept in another version than before."""
    kept = _KEPT_AS.get((resource.group, resource.kind)) or (resource.group, known.versions(resource.group)[0], resource.kind)
    return base64.b64encode(hashlib.sha256("/".join(kept).encode()).digest()[:8]).decode("ascii")
