"""The transformers that the fields of a kustomization stand for, in the order in which kustomize runs them."""

from collections.abc import Callable, Iterator
from typing import Any

from minikube_py.kustomize import fieldspecs, patches, replacements, transformers
from minikube_py.kustomize.fieldspecs import FieldSpec
from minikube_py.kustomize.ids import Gvk
from minikube_py.kustomize.kustomization import Fields
from minikube_py.kustomize.loading import Loader
from minikube_py.kustomize.nodes import KustomizeError
from minikube_py.kustomize.plugins import Transformer
from minikube_py.kustomize.prefixing import prefixed
from minikube_py.kustomize.schemas import Schemas

Specs = dict[str, list[FieldSpec]]
Named = tuple[str, Transformer]


def transformers_of(fields: Fields, specs: Specs, loader: Loader, schemas: Schemas) -> list[Named]:
    """Return the transformers with the names of their kinds; KustomizeError where one cannot be made."""
    files = _FromFiles(loader, schemas)
    return [
        *files.strategic(fields),
        *files.each("PatchTransformer", patches.PatchTransformer, fields.get("patches", ())),
        *_names(fields, specs),
        *_labels(fields, specs),
        *_annotations(fields, specs),
        *files.each("PatchJson6902Transformer", patches.Json6902Transformer, map(_json_fields, fields.get("patchesJson6902", ()))),
        *(("ReplicaCountTransformer", transformers.ReplicaTransformer(replica, specs["replicas"])) for replica in fields.get("replicas", ())),
        *(("ImageTagTransformer", transformers.ImageTransformer(image, specs["images"])) for image in fields.get("images", ())),
        *files.replacements(fields),
    ]


_SHOWN = {"replacements": "Replacements"}  # a field without a name of its own in kustomize's configurations


class _FromFiles:
    """Transformers that may read files; what fails then names the whole configuration."""

    def __init__(self, loader: Loader, schemas: Schemas) -> None:
        self._loader = loader
        self._schemas = schemas

    def each(self, name: str, make: Callable[[Any, Loader, Schemas], Transformer], entries: Any) -> Iterator[Named]:
        for given in entries:
            entry = {field: value for field, value in given.items() if value != "" and (field != "options" or value)}
            try:
                yield name, make(entry, self._loader, self._schemas)
            except KustomizeError as error:
                from minikube_py.kits import yaml

                shown = yaml.dump({_SHOWN.get(field, field): value for field, value in entry.items()})
                raise KustomizeError(f"trouble configuring builtin {name} with config: `\n{shown}`: {error}") from None

    def strategic(self, fields: Fields) -> Iterator[Named]:
        paths = fields.get("patchesStrategicMerge")
        return self.each("PatchStrategicMergeTransformer", patches.StrategicMergeTransformer, [{"paths": paths}] if paths else ())

    def replacements(self, fields: Fields) -> Iterator[Named]:
        listed = fields.get("replacements")
        return self.each("ReplacementTransformer", replacements.ReplacementTransformer, [{"replacements": listed}] if listed else ())


def _json_fields(patch: dict[str, Any]) -> dict[str, Any]:
    return {("jsonOp" if key == "patch" else key): value for key, value in patch.items() if key != "options"}


def _names(fields: Fields, specs: Specs) -> Iterator[Named]:
    if fields.get("namespace"):
        yield "NamespaceTransformer", transformers.NamespaceTransformer(fields["namespace"], specs["namespace"])
    if fields.get("namePrefix"):
        yield "PrefixTransformer", transformers.NameTransformer(fields["namePrefix"], "", specs["namePrefix"])
    if fields.get("nameSuffix"):
        yield "SuffixTransformer", transformers.NameTransformer("", fields["nameSuffix"], specs["nameSuffix"])


def _labels(fields: Fields, specs: Specs) -> Iterator[Named]:
    for label in fields.get("labels", ()):
        wanted = [fieldspecs.from_fields(spec) for spec in label.get("fields", ())]
        with prefixed("failed to merge labels"):
            wanted = fieldspecs.merged(wanted, specs.get("labels", ()))
            if label.get("includeSelectors"):
                wanted = fieldspecs.merged(wanted, specs["commonLabels"])
            else:
                wanted = fieldspecs.merged(wanted, specs["templateLabels"] if label.get("includeTemplates") else ())
                wanted = fieldspecs.merged(wanted, [FieldSpec(Gvk(), "metadata/labels", True)])
        yield "LabelTransformer", transformers.PairsTransformer(label.get("pairs", {}), wanted)
    if fields.get("labels") or fields.get("commonLabels"):
        yield "LabelTransformer", transformers.PairsTransformer(fields.get("commonLabels", {}), specs["commonLabels"])


def _annotations(fields: Fields, specs: Specs) -> Iterator[Named]:
    if fields.get("commonAnnotations"):
        yield "AnnotationsTransformer", transformers.PairsTransformer(fields["commonAnnotations"], specs["commonAnnotations"])
