"""What -f means: files, directories, URLs and standard input, with the objects in them (cli-runtime's resource visitors)."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from minikube_py.cli import failures, fileobjects
from minikube_py.cli.infos import Info, Mismatched
from minikube_py.cli.targets import Target
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.scheme import Scheme

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.kits.yaml import Document

EXTENSIONS = (".json", ".yaml", ".yml")
STDIN = "STDIN"
STDIN_TWICE = "standard input cannot be used for multiple arguments"


class Source(NamedTuple):
    """One stream of documents: a path, a URL, or STDIN."""

    name: str
    kind: str  # file, url, stdin or kustomization

    def read(self, stdin: TextIO, kept: str = "") -> str | bytes:
        """Return all that is in it; `kept` is a folder for what was downloaded before."""
        if self.kind == "stdin":
            buffer = getattr(stdin, "buffer", None)
            return stdin.read() if buffer is None else buffer.read()
        if self.kind == "file":
            return contents(self.name)
        from minikube_py.cli import downloads

        return downloads.fetch(self.name, kept)


def contents(path: str) -> bytes:
    """Return what a file holds; KctlError in Go's words where it cannot be read."""
    step = "open"
    try:
        with open(path, "rb") as file:
            step = "read"
            return file.read()
    except OSError as error:
        raise KctlError(f"{'read' if error.errno == 21 else step} {path}: {reason(error)}") from error


@contextmanager
def writing(path: str) -> Iterator[None]:
    """Say of which file an error within the block is: what is raised where a disk is full does not tell."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise KctlError(f"write {path}: {reason(error)}") from error


def reason(error: OSError) -> str:
    """Return why a system call failed, as Go words it."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def sources(names: Sequence[str], *, recursive: bool = False, kustomize: str = "") -> list[Source]:
    """Return the streams behind -f arguments; KctlError (Several) for those that are not there."""
    if kustomize:
        return [_kustomization(names, recursive, kustomize)]
    found: list[Source] = []
    missing: list[KctlError] = []
    for name in names:
        if name == "-":
            if any(source.kind == "stdin" for source in found):
                missing.append(KctlError(STDIN_TWICE))
            found.append(Source(STDIN, "stdin"))
        elif name.startswith(("http://", "https://")):
            found.append(Source(name, "url"))
        else:
            _add_paths(name, recursive, found, missing)
    if missing:
        raise failures.Several(missing)
    return found


def _kustomization(names: Sequence[str], recursive: bool, path: str) -> Source:
    """Return the source behind -k; KctlError where -f or -R stand beside it."""
    if recursive:
        raise KctlError("the -k flag can't be used with -f or -R")
    if names:
        raise KctlError("only one of -f or -k can be specified")
    return Source(path, "kustomization")


def _add_paths(pattern: str, recursive: bool, found: list[Source], missing: list[KctlError]) -> None:
    paths = _expanded(pattern)
    if not paths:
        missing.append(KctlError(f"the path {_quoted(pattern)} does not exist"))
        return
    for path in paths:
        try:
            is_folder = os.path.isdir(path) if os.stat(path) else False
        except OSError as error:
            missing.append(KctlError(f"the path {_quoted(path)} cannot be accessed: stat {path}: {reason(error)}"))
            continue
        found += [Source(inner, "file") for inner in (_walk(path, recursive) if is_folder else [path])]
    if not found and not missing:
        missing.append(KctlError(f"error reading [{' '.join(paths)}]: recognized file extensions are [{' '.join(EXTENSIONS)}]"))


def _quoted(path: str) -> str:
    from minikube_py.kits import gofmt

    return gofmt.quote(path)


def _expanded(pattern: str) -> list[str]:
    """Return the paths that a pattern matches, or the path itself where it is there; [] for none."""
    try:
        os.stat(pattern)
    except FileNotFoundError:
        import glob

        return sorted(glob.glob(pattern, include_hidden=True))
    except OSError:
        return [pattern]
    return [pattern]


def _walk(folder: str, recursive: bool) -> Iterator[str]:
    """Yield the files of a directory in the order of their names, as Go's filepath.Walk does."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise KctlError(f'error reading "{folder}": open {folder}: {reason(error)}') from error
    for entry in entries:
        path = os.path.join(folder, entry.name)
        if entry.is_dir(follow_symlinks=False):
            if recursive:
                yield from _walk(path, recursive)
        elif entry.name.endswith(EXTENSIONS):
            yield path


def read(factory: "Factory", scheme: Scheme | None, names: Sequence[str], *, recursive: bool = False, kustomize: str = "",
         validation: str = "Ignore", typed: bool = False, whole: bool = False) -> tuple[list[Info], list[KctlError]]:  # fmt: skip
    """Return the objects behind -f arguments in their order, and what went wrong with others.

    Without a scheme (--local) kinds are not looked up. `validation`: Strict and Warn want apiVersion and kind to be there. `whole`: lists stay lists.
    """
    infos: list[Info] = []
    broken: list[KctlError] = []
    for source in sources(names, recursive=recursive, kustomize=kustomize):
        try:
            for document in _documents(factory, source):
                if validation != "Ignore":
                    _check(factory, scheme, document.value, source.name, strict=validation == "Strict")
                _add(scheme, document, source.name, infos, broken, typed=typed, whole=whole)
        except KctlError as error:
            broken.append(error)
    return infos, broken


def _check(factory: "Factory", scheme: Scheme | None, value: Any, source: str, *, strict: bool) -> None:
    """Refuse a document that is no object; one of a kind that no server takes, and so none can check, is checked here."""
    fileobjects.check_identity(value, source)
    if scheme is None or scheme.for_kind(value["apiVersion"], value["kind"]) is not None:
        return
    if strict:
        from minikube_py.cli import validating

        fileobjects.refuse(validating.problems(value), source)
    else:
        from minikube_py.cli import klog

        text = "cannot perform warn validation if server-side field validation is unsupported, skipping validation"
        klog.warning(text, "schema.go:148", factory.streams.err)


def parsed(scheme: Scheme, content: str | bytes, source: str) -> tuple[list[Info], list[KctlError]]:
    """Return the objects of a text, which errors call `source`, and what went wrong with others."""
    infos: list[Info] = []
    broken: list[KctlError] = []
    for document in documents(content, source):
        _add(scheme, document, source, infos, broken)
    return infos, broken


def _documents(factory: "Factory", source: Source) -> Iterator["Document"]:
    if source.kind != "kustomization":
        yield from documents(source.read(factory.streams.stdin, factory.home.join("cache", "manifests")), source.name)
        return
    from minikube_py.cli import kustomizations
    from minikube_py.kits.yaml import Document

    for obj in kustomizations.objects(factory, source.name):
        yield Document(obj, 1, [])


def _add(scheme: Scheme | None, document: "Document", source: str, infos: list[Info], broken: list[KctlError], *, typed: bool = False,
         whole: bool = False) -> None:  # fmt: skip
    try:
        found, refused = fileobjects.flattened(scheme, document, source, typed=typed, whole=whole)
    except fileobjects.Unreadable:
        raise
    except KctlError as error:
        broken.append(error)
        return
    for info in found:
        info.after = len(broken)
    infos += found
    broken += refused


def documents(content: str | bytes, source: str) -> Iterator["Document"]:
    """Yield the documents of a stream; KctlError in kubectl's words where one cannot be read."""
    from minikube_py.kits import yaml

    try:
        yield from yaml.load_all(content)
    except yaml.YAMLError as error:
        raise KctlError(error.in_file(source)) from error


def targets(factory: "Factory", scheme: Scheme, names: Sequence[str], *, recursive: bool = False, kustomize: str = "",
            all_namespaces: bool = False, whole: bool = False) -> tuple[list[Target], list[KctlError]]:  # fmt: skip
    """Return the objects that files name, for commands that only read, and what went wrong with others. `whole`: lists stay lists."""
    infos, broken = read(factory, scheme, names, recursive=recursive, kustomize=kustomize, whole=whole)
    found, refused = [], 0
    for info in infos:
        try:
            check_namespace(factory, info, all_namespaces=all_namespaces, enforced=not all_namespaces)
            if info.name:
                require_namespace(info)
        except KctlError as error:
            broken.insert(info.after + refused, error)
            refused += 1
            continue
        held = None if info.name and "items" not in info.there else info.object
        found.append(Target(info.resource, info.name, info.namespace, held, info.after + refused))
    return found, broken


def require_namespace(info: Info) -> None:
    """Refuse an object that is to be read and of which nobody says where it is."""
    of = info.resource
    if of.namespaced and not info.namespace:
        raise KctlError(f'no namespace set on resource {of.group}/{of.version}, Resource={of.plural} "{info.name}"')


def check_namespace(factory: "Factory", info: Info, *, all_namespaces: bool = False, enforced: bool = True) -> None:
    """Give an object its namespace, and refuse one of another namespace than the command line's, which with `all_namespaces` is none.

    Not `enforced`: an object keeps its own, whatever -n says.
    """
    wanted = "" if all_namespaces else factory.namespace
    metadata: dict[str, Any] = {}
    if info.object is not None and isinstance(info.object.get("metadata"), dict):
        metadata = info.object["metadata"]
    if not info.resource.namespaced:
        metadata.pop("namespace", None)
        info.namespace = ""
    elif not info.namespace:
        info.namespace = wanted
        if wanted and info.object is not None and isinstance(info.object.get("metadata", {}), dict):
            info.object["metadata"] = {**metadata, "namespace": info.namespace}
    elif enforced and factory.namespace_enforced and info.namespace != wanted:
        raise Mismatched(f'the namespace from the provided object "{info.namespace}" does not match the namespace "{wanted}". '
                         f"You must pass '--namespace={info.namespace}' to perform this operation.")  # fmt: skip
