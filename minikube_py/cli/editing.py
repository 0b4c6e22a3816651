"""Edits objects in an editor until the server takes them (kubectl pkg/cmd/util/editor): edit, create --edit, apply edit-last-applied."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from minikube_py.cli import dryrun, editor, editreasons, failures, files, recording
from minikube_py.cli.editreasons import Reasons
from minikube_py.cli.flags import Flag, Values
from minikube_py.cli.infos import Info
from minikube_py.cli.outcome import Outcome
from minikube_py.client import api
from minikube_py.kits import gofmt
from minikube_py.machinery import schemas
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import mergepatch, strategic, threeway, values

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient

NORMAL, CREATE, APPLIED = "normal", "create", "applied"  # what is done with what was edited: patch, create, patch the annotation
WINDOWS_LINE_ENDINGS = Flag("windows-line-endings", "bool", usage="If true, lines of the edited file end as on Windows, with CR and LF.")
_SOURCE = "edited-file"
_FORMATS = {"": ".yaml", "yaml": ".yaml", "json": ".json"}


class Session:
    """One command's editing. `values` may have windows-line-endings, output-patch, save-config and subresource.

    `edit` may be called several times, each time with what goes into one file.
    """

    def __init__(self, factory: "Factory", client: "RestClient", flags: Values, mode: str = NORMAL) -> None:
        self._factory, self._client, self._mode = factory, client, mode
        self._flags = flags
        self._outcome = Outcome(factory, flags)
        self._editor = editor.Editor(factory.environment)
        self._validated = dryrun.validation(flags) != "Ignore"
        self._subresource: str = self._given("subresource") or ""

    def _given(self, flag: str) -> Any:
        return self._flags[flag] if flag in self._flags.flags else None

    def _options(self, info: Info) -> dict[str, Any]:
        return dryrun.write_options(self._flags, dryrun.NONE, info.duplicates)

    def edit(self, infos: Sequence[Info]) -> None:
        """Open the editor, again and again while the server refuses what comes of it; KctlError where it was given up."""
        originals = [info.there for info in infos]
        shown = self._shown(originals)
        reasons, broken, edited = Reasons(), False, editor.Edited(b"", "")
        unchanged = self._lines(shown).encode()
        while True:
            header = reasons.header(self._mode) if self._suffix == ".yaml" else ""
            content = editreasons.without_comments(edited.content) if broken else unchanged
            before = edited
            try:
                edited = self._editor.edit(self._lines(header).encode() + content, self._suffix)
            except KctlError as error:
                raise self._kept(error, reasons.path) from None
            given_up = broken and editreasons.same(before.content, edited.content)
            editor.remove(reasons.path)
            if given_up:
                raise self._kept(KctlError("Edit cancelled, no valid changes were saved."), edited.path)
            reasons = Reasons(edited.path)
            broken = self._take(infos, originals, unchanged, edited, reasons)
            if not broken:
                return

    def _take(self, infos: Sequence[Info], originals: Sequence[Object], unchanged: bytes, edited: editor.Edited, reasons: Reasons) -> bool:
        """Do what was asked with the edited file; tell whether it is to be mended."""
        problem = editreasons.problem(edited.content) if self._validated else ""
        if problem:
            self._complain(reasons.invalid_file(infos[0], problem))
            return True
        cancelled = ("no changes made" if editreasons.same(unchanged, edited.content)
                     else "" if editreasons.has_lines(edited.content) else "saved file was empty")  # fmt: skip
        if cancelled:
            editor.remove(edited.path)
            self._complain(f"Edit cancelled, {cancelled}.")
            return False
        try:
            updated = self._parsed(edited.content)
        except KctlError as error:
            reasons.add(f"The edited file had a syntax error: {error}")
            return True
        try:
            self._send(infos, originals, updated, reasons)
        except KctlError as error:
            raise self._kept(error, edited.path) from None
        return self._concluded(edited, reasons)

    def _concluded(self, edited: editor.Edited, reasons: Reasons) -> bool:
        if reasons.retryable:
            self._complain(f"You can run `kctl replace -f {edited.path}` to try this update again.")
            raise failures.ExitCode(1)
        if reasons.missing:
            self._complain(f'The edits you made on deleted resources have been saved to "{edited.path}"')
            raise failures.ExitCode(1)
        if reasons.count:
            return True
        editor.remove(edited.path)
        return False

    def _complain(self, text: str) -> None:
        print(text, file=self._factory.streams.err)

    def _kept(self, error: KctlError, path: str) -> KctlError:
        if path and os.path.exists(path):
            self._complain(f'A copy of your changes has been stored to "{path}"')
        return error

    @property
    def _suffix(self) -> str:
        return _FORMATS.get(self._outcome.format.lower(), ".yaml")

    def _shown(self, originals: Sequence[Object]) -> str:
        """Return what stands in the file, without managed fields."""
        from minikube_py.kits import yaml
        from minikube_py.printers import serial

        if self._outcome.format.lower() not in _FORMATS:
            raise KctlError(f'unable to match a printer suitable for the output format "{self._outcome.format}", allowed formats are: json,yaml')
        bare = [serial.without_managed_fields(obj) for obj in originals]
        shown = bare[0] if len(bare) == 1 else {"apiVersion": "v1", "items": bare, "kind": "List", "metadata": {}}
        return serial.json_text(shown, "    ") + "\n" if self._suffix == ".json" else yaml.dump(shown)

    def _lines(self, text: str) -> str:
        return text.replace("\n", "\r\n") if self._given("windows-line-endings") else text

    def _parsed(self, content: bytes) -> list[Info]:
        infos, broken = files.parsed(self._client.scheme, content, _SOURCE)
        if broken:
            raise failures.combined(broken) or broken[0]
        return infos

    def _send(self, infos: Sequence[Info], originals: Sequence[Object], updated: Sequence[Info], reasons: Reasons) -> None:
        managed = {_uid(obj): obj["metadata"].get("managedFields") for obj in originals}
        for info in updated:
            _restore(info, managed)
            self._check_namespace(info)
        if self._given("save-config"):
            for info in updated:
                info.object = threeway.with_last_applied(info.there)
        for info in updated:
            info.object = recording.noted(self._flags, info.there)
            if self._mode == CREATE:
                made = self._client.create(info.there, namespace=info.namespace, **self._options(info))
                self._outcome.tell(made, "created")
                continue
            original = next((obj for obj in originals if _uid(obj) == _uid(info.there)), None)
            if original is None:
                raise KctlError(f"no original object found for &unstructured.Unstructured{{Object:{gofmt.syntax(info.there)}}}")
            if values.same(original, info.there):
                self._outcome.tell(info.there, "skipped")
            elif self._mode == APPLIED:
                self._annotate(info)
            else:
                self._patch(info, original, reasons)

    def _check_namespace(self, info: Info) -> None:
        wanted = self._factory.namespace
        if not info.resource.namespaced:
            return
        if not info.namespace:
            info.namespace = wanted
            info.there["metadata"] = {**(info.there.get("metadata") or {}), "namespace": wanted}
        elif info.namespace != wanted:
            raise KctlError(f'the namespace from the provided object "{info.namespace}" does not match the namespace "{wanted}". '
                            f"You must pass '--namespace={info.namespace}' to perform this operation.")  # fmt: skip

    def _patch(self, info: Info, original: Object, reasons: Reasons) -> None:
        schema = schemas.for_kind(info.resource.api_version, info.resource.kind)
        body = mergepatch.create(original, info.there) if schema is None else strategic.create_two_way(original, info.there, schema)
        if mergepatch.touches_identity(body) or "managedFields" in body:
            raise KctlError(mergepatch.IDENTITY_CHANGED)
        if self._given("output-patch"):
            print(f"Patch: {values.marshal(body)}", file=self._factory.streams.out)
        media_type = api.MERGE_PATCH if schema is None else api.STRATEGIC_PATCH
        try:
            patched = self._client.patch(info.resource, info.name, info.namespace, body, patch_type=media_type, subresource=self._subresource,
                                         **self._options(info))  # fmt: skip
        except KctlError as error:
            self._complain(reasons.refused(info, error))
            return
        self._outcome.tell(patched, "edited")

    def _annotate(self, info: Info) -> None:
        """Make the edited configuration the one applied last."""
        body = {"metadata": {"annotations": {threeway.ANNOTATION: values.marshal(info.there) + "\n"}}}
        self._client.patch(info.resource, info.name, self._factory.namespace if info.resource.namespaced else "", body,
                           patch_type=api.MERGE_PATCH, **self._options(info))  # fmt: skip
        self._outcome.tell(info.there, "edited")


def applied(client: "RestClient", infos: Sequence[Info]) -> list[Info]:
    """Return what was applied last for objects that tell it; KctlError where none does."""
    found: list[Info] = []
    for info in infos:
        written = ((info.there.get("metadata") or {}).get("annotations") or {}).get(threeway.ANNOTATION)
        if written is None:
            continue
        parsed, broken = files.parsed(client.scheme, written, _SOURCE)
        if broken:
            raise failures.combined(broken) or broken[0]
        found.append(parsed[0])
    if not found:
        raise KctlError("no last-applied-configuration annotation found on resources, to create the annotation, "
                        "use command `kctl apply set-last-applied --create-annotation`")  # fmt: skip
    return found


def _uid(obj: Object) -> str:
    return str((obj.get("metadata") or {}).get("uid") or "")


def _restore(info: Info, managed: dict[str, Any]) -> None:
    """Give an object its managed fields back, which the file did not show."""
    if not isinstance(info.there.get("metadata"), dict):
        return
    fields = managed.get(_uid(info.there))
    metadata = {key: value for key, value in info.there["metadata"].items() if key != "managedFields"}
    info.there["metadata"] = metadata if fields is None else {**metadata, "managedFields": fields}
