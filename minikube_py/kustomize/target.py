"""One kustomization: gathers its resources, runs its generators, components and transformers."""

import posixpath
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from minikube_py.kustomize import config, generators, helm, kustomization, loading, nodes, patches, pipeline, plugins, variables
from minikube_py.kustomize.documents import objects
from minikube_py.kustomize.kustomization import COMPONENT, Fields
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError
from minikube_py.kustomize.prefixing import prefixed
from minikube_py.kustomize.resources import Origin, ResMap, Resource
from minikube_py.kustomize.schemas import Schemas

Log = Callable[[str], None]
MAX_DEPTH = 100  # of kustomizations within kustomizations


class Gathered:
    """What was gathered so far: resources, field specs, variables."""

    def __init__(self) -> None:
        self.resources = ResMap()
        self.config = config.Config()
        self.variables: variables.Variables = {}

    def add(self, other: "Gathered") -> None:
        """Add what another kustomization gathered."""
        self.resources.append_all(other.resources)
        self.config = self.config.merged(other.config)
        variables.add(self.variables, other.variables)


class Target:
    """A kustomization at a loader's root. `origin` is where its resources come from, None where nobody asks."""

    def __init__(self, loader: Loader, schemas: Schemas, warn: Log, charts: helm.Helm | None = None, *, depth: int = 0) -> None:
        self.loader = loader
        self.schemas = schemas
        self.fields: Fields
        self.fields, self._file, warnings = kustomization.load(loader)
        self.origin: Origin | None = None
        self._warn = warn
        self._helm = charts
        self._depth = depth
        for warning in warnings:
            warn(warning)

    def use_schema(self) -> None:
        """Take over the `openapi` field."""
        field = self.fields.get("openapi", {})
        self.schemas.use(field, self.loader.load(field["path"]) if "path" in field else None)

    def gather(self, gathered: Gathered | None = None) -> Gathered:
        """Return all that this kustomization makes; a component works on what its user has gathered."""
        found = gathered or Gathered()
        fields = self.fields
        with prefixed("accumulating resources"):
            self._add_resources(found, fields.get("resources", ()))
        found.config = found.config.merged(config.load(self.loader, fields.get("configurations", ())))
        with prefixed(f"loading CRDs [{' '.join(fields.get('crds', ()))}]"):
            marked = config.from_crds(self.loader, fields.get("crds", ()))
        found.config = found.config.merged(marked)
        self._generate(found)
        with prefixed("accumulating components"):
            found = self._add_components(found)
        self._transform(found)
        self._validate(found)
        with prefixed(f"merging vars [{' '.join(map(variables.written, fields.get('vars', ())))}]"):
            variables.declare(found.variables, fields.get("vars", []), found.resources)
        return found

    # What is gathered

    def _add_resources(self, found: Gathered, paths: Iterable[str]) -> None:
        for path in paths:
            try:
                self._add_file(found, path)
                continue
            except loading.RemoteError:
                raise
            except KustomizeError as error:
                problem = error
            try:
                inner = self.loader.inner(path)
            except KustomizeError as error:
                if "MalformedYAMLError" in str(problem):
                    raise problem from None
                raise KustomizeError(f"accumulation err='{problem}': {error}") from None
            with prefixed(f"accumulation err='{problem}'"):
                gathered = self._inner(inner, path, None)
                with prefixed(f"recursed merging from path '{inner.root}'"):
                    found.add(gathered)

    def _add_file(self, found: Gathered, path: str) -> None:
        with prefixed(f"accumulating resources from '{path}'"):
            made = ResMap(Resource(obj, self.schemas) for obj in self._objects(path))
        if self.origin is not None:
            for resource in made.list:
                resource.origin = self._origin_of(path)
        with prefixed(f"merging resources from '{path}'"):
            found.resources.append_all(made)

    def _objects(self, path: str) -> list[nodes.Map]:
        return patches.from_file(self.loader, path)

    def _origin_of(self, path: str) -> Origin:
        return {"path": posixpath.normpath(posixpath.join((self.origin or {}).get("path", ""), path))}

    def _inner(self, loader: Loader, path: str, gathered: Gathered | None) -> Gathered:
        """Return what another kustomization gathers; with `gathered` it is a component."""
        if self._depth >= MAX_DEPTH:
            raise KustomizeError(f"more than {MAX_DEPTH} kustomizations within each other")
        with prefixed(f"couldn't make target for path '{loader.root}'"):
            target = Target(loader, self.schemas, self._warn, self._helm, depth=self._depth + 1)
        target.fields["buildMetadata"] = self.fields.get("buildMetadata", [])
        target.origin = None if self.origin is None else self._origin_of(path)
        target.use_schema()
        kind = target.fields["kind"]
        if gathered is not None and kind != COMPONENT:
            raise KustomizeError(f"expected kind '{COMPONENT}' for path '{loader.root}' but got '{kind}'")
        if gathered is None and kind == COMPONENT:
            raise KustomizeError(f"expected kind != '{COMPONENT}' for path '{loader.root}'")
        with prefixed(f"recursed accumulation of path '{loader.root}'"):
            return target.gather(gathered)

    def _add_components(self, found: Gathered) -> Gathered:
        from minikube_py.kits import gofmt

        for path in self.fields.get("components", ()):
            try:
                inner = self.loader.inner(path)
            except KustomizeError as error:
                raise KustomizeError(f"loader.New {gofmt.quote(str(error))}") from None
            try:
                made = self._inner(inner, path, found)
                found = Gathered()
                with prefixed(f"recursed merging from path '{inner.root}'"):
                    found.add(made)
            except KustomizeError as error:
                raise KustomizeError(f"accumulateDirectory: {gofmt.quote(str(error))}") from None
        return found

    def _generate(self, found: Gathered) -> None:
        options = self.fields.get("generatorOptions")
        made: list[tuple[str, Callable[[], list[Resource]], Origin | None]] = []
        for field, kind, name in (("configMapGenerator", "ConfigMap", "ConfigMapGenerator"), ("secretGenerator", "Secret", "SecretGenerator")):
            for arguments in self.fields.get(field, ()):
                merged = generators.with_options(arguments, options)
                generate = partial(generators.generate, kind, merged, self.loader, self.schemas)
                made.append((name, generate, self._builtin(name)))
        made += [(plugins.CHARTS, partial(chart.resources, self.schemas), self._builtin(plugins.CHARTS)) for chart in self._charts()]
        try:
            for resource in self._external("generators"):
                made.append((resource.kind, plugins.generator(resource, self.loader, self.schemas, self._helm), _custom(resource)))
        except KustomizeError as error:
            raise KustomizeError(f"loading generator plugins: {error}") from None
        for name, make, origin in made:
            for resource in make():
                resource.origin = resource.origin or origin
                try:
                    found.resources.absorb(resource)
                except KustomizeError as error:
                    raise KustomizeError(f"merging from generator {name}: {error}") from None

    def _charts(self) -> Iterator[helm.Chart]:
        for fields in self.fields.get("helmCharts", ()):
            chart = {**self.fields.get("helmGlobals", {}), **fields}
            try:
                yield helm.Chart(chart, self._helm, self.loader)
            except KustomizeError as error:
                from minikube_py.kits import yaml

                raise KustomizeError(f"trouble configuring builtin {plugins.CHARTS} with config: `\n{yaml.dump(chart)}`: {error}") from None

    def _external(self, field: str) -> list[Resource]:
        """Return the configurations under `generators`, `transformers` or `validators`: inline, files, directories."""
        found = Gathered()
        paths = []
        for entry in self.fields.get(field, ()):
            try:
                inline = [Resource(obj, self.schemas) for obj in objects(entry)]
            except KustomizeError:
                paths.append(entry)
                continue
            for resource in inline:
                if self.origin is not None:
                    resource.origin = self._origin_of(self._file)
                found.resources.append(resource)
        self._add_resources(found, paths)
        return found.resources.list

    # What is changed

    def _builtin(self, kind: str) -> Origin | None:
        if self.origin is None:
            return None
        configured = posixpath.normpath(posixpath.join(self.origin.get("path", ""), self._file))
        return {"configuredIn": configured, "configuredBy": {"apiVersion": "builtin", "kind": kind}}

    def _transform(self, found: Gathered) -> None:
        own = pipeline.transformers_of(self.fields, found.config.specs, self.loader, self.schemas)
        todo = [(transformer, self._builtin(name)) for name, transformer in own]
        todo += [(plugins.transformer(resource, self.loader, self.schemas), _custom(resource)) for resource in self._external("transformers")]
        for transformer, origin in todo:
            transformer.transform(found.resources)
            found.resources.drop_empty()
            if origin is not None:
                for resource in found.resources.list:
                    if resource.origin is None:
                        resource.origin = origin
                    else:
                        resource.transformations.append(origin)

    def _validate(self, found: Gathered) -> None:
        for resource in self._external("validators"):
            validator = plugins.transformer(resource, self.loader, self.schemas)
            before = {id(known): known.copy() for known in found.resources.list}
            validator.transform(found.resources)
            for known in found.resources.list:
                now = known.copy()
                labels = now.pairs("labels")
                if labels.pop("validated-by", None) is not None:
                    now.set_pairs("labels", labels)
                if id(known) not in before or nodes.value(now.there) != nodes.value(before[id(known)].there):
                    raise KustomizeError(f"validator shouldn't modify the resource map: nodes unequal: {known.current_id}")


def _custom(resource: Resource) -> Origin | None:
    if resource.origin is None:
        return None
    by = {"apiVersion": resource.field("apiVersion"), "kind": resource.kind, "name": resource.name, "namespace": resource.namespace}
    return {"configuredIn": resource.origin.get("path", ""), "configuredBy": {key: text for key, text in by.items() if text}}
