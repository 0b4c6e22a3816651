"""Warnings about files of a volume that lie at or below the path of another one (warningsForOverlappingVirtualPaths)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from minikube_py.kits import gofmt

_File = tuple[str, str]  # path, and what it comes from where that is worth telling


def warnings(volumes: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the warnings about the volumes of a pod."""
    found: list[str] = []
    for volume in volumes:
        name = gofmt.quote(volume.get("name", ""))
        for field, shown, named in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"), ("downwardAPI", "DownwardAPI", "")):
            source = volume.get(field)
            if source and source.get("items"):
                of = f"{shown} {gofmt.quote(source.get(named, ''))}" if named else shown
                found += _told(name, of, ((item.get("path", ""), "") for item in source["items"]))
        if volume.get("projected"):
            sources = volume["projected"].get("sources") or ()
            found += [f"volume {name} (Projected) has no sources provided" for source in sources if not _kinds(source)]
            found += _told(name, "Projected", _projected(sources))
    return found


def _kinds(source: Mapping[str, Any]) -> list[str]:
    return [field for field, value in source.items() if value is not None]


def _projected(sources: Iterable[Mapping[str, Any]]) -> Iterator[_File]:
    files: list[_File] = []
    for source in sources:
        if _kinds(source):
            # kube-apiserver looks at the files of the source before once more, where a source names none.
            files = _files(source) or files
            yield from files


def _files(source: Mapping[str, Any]) -> list[_File]:
    """Return the files of the first kind of source that names some."""
    for field, shown in (("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")):
        items = (source.get(field) or {}).get("items")
        if items:
            of = shown if field == "downwardAPI" else f"{shown} {gofmt.quote(source[field].get('name', ''))}"
            return [(item.get("path", ""), of) for item in items]
    token = source.get("serviceAccountToken")
    return [(token.get("path", ""), "ServiceAccountToken")] if token is not None else []


def _told(volume: str, of: str, files: Iterable[_File]) -> list[str]:
    found = []
    seen: list[_File] = []
    for path, source in files:
        path = path.rstrip("/")
        for other in seen:
            if path and other[0] and (f"{other[0]}/".startswith(f"{path}/") or f"{path}/".startswith(f"{other[0]}/")):
                found.append(f"volume {volume} ({of}): overlapping paths: {_shown((path, source))} with {_shown(other)}")
        seen.append((path, source))
    return found


def _shown(file: _File) -> str:
    path, source = file
    return f"{gofmt.quote(path)} ({source})" if source else gofmt.quote(path)
