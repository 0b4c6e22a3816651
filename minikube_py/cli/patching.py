"""Client-side apply of one object: the three-way patch, sent again where somebody else was faster (kubectl pkg/cmd/apply/patcher.go)."""

import time
from typing import TYPE_CHECKING, Any

from minikube_py.cli import deletion, failures
from minikube_py.cli.infos import Info
from minikube_py.machinery import errors, meta, schemas
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import mergepatch, threeway, values

if TYPE_CHECKING:
    from minikube_py.cli.factory import Factory
    from minikube_py.client.rest import RestClient

_RETRIES = 5
_AT_ONCE = 1  # how many of them do not wait before
_PAUSE = 1.0


class Patcher:
    """Patches live objects into what files say. `options` are the client's for writes, `overwrite` and `force` the flags."""

    def __init__(self, factory: "Factory", client: "RestClient", *, options: dict[str, Any], overwrite: bool, force: bool,
                 delete_options: dict[str, Any], timeout: float, locked: bool = False, openapi: bool = True) -> None:  # fmt: skip
        self._factory, self._client = factory, client
        self._options = options
        self._overwrite, self._force = overwrite, force
        self._delete_options, self._timeout = delete_options, timeout
        self._openapi = openapi  # with kubectl the schema comes from OpenAPI, else from its own types: here they are one
        self._locked = locked  # the patch is for the live object's revision only
        self._written = ""  # the patch sent last

    def patch(self, info: Info, modified: Object) -> tuple[bool, Object]:
        """Return whether anything changed, and the object after the patch; `info` holds the live object."""
        try:
            return self._patch(info, modified)
        except KctlError as error:
            if self._locked:  # kubectl diff does not say what it would have sent
                raise
            verb = f"applying patch:\n{self._written}\nto:\n{info}\nfor:"
            raise failures.with_source(verb, info.source, error) from None

    def _patch(self, info: Info, modified: Object) -> tuple[bool, Object]:
        current = info.there
        for attempt in range(_RETRIES + 1):
            try:
                return self._once(info, modified, current)
            except errors.Conflict as error:
                problem: KctlError = error
            except KctlError as error:
                problem = error
                break
            if attempt == _RETRIES:
                break
            if attempt >= _AT_ONCE:
                time.sleep(_PAUSE)
            current = self._client.get(info.resource, info.name, info.namespace)
        if self._force and isinstance(problem, (errors.Conflict, errors.Invalid)):
            return True, self._recreated(info, current, modified)
        raise failures.with_source("patching", info.source, problem)

    def _once(self, info: Info, modified: Object, current: Object) -> tuple[bool, Object]:
        schema = schemas.for_kind(info.resource.api_version, info.resource.kind)
        try:
            patch = threeway.patch(modified, current, schema, overwrite=self._overwrite)
        except (KctlError, ValueError) as error:
            original = meta.annotations(current).get(threeway.ANNOTATION, "")
            for document in ("openapi v3 spec", "openapi spec") if self._openapi else ():  # kubectl tries both
                print(f"warning: error calculating patch from {document}: {error}", file=self._factory.streams.err)
            shown = f"original:\n{original}\nmodified:\n{values.marshal(modified)}\n\ncurrent:\n{values.marshal(current)}\n"
            raise KctlError(f"creating patch with:\n{shown}\nfor:: {error}") from error
        self._written = patch.written()
        if schema is None and mergepatch.touches_identity(patch.body):
            raise KctlError(mergepatch.IDENTITY_CHANGED)
        if not patch.body:
            return False, current
        options = {**self._options, "duplicates": info.duplicates or None}
        body = patch.body
        if self._locked:
            body = {**body, "metadata": {**(body.get("metadata") or {}), "resourceVersion": current["metadata"]["resourceVersion"]}}
            self._written = values.marshal(body)
        patched = self._client.patch(info.resource, info.name, info.namespace, body, patch_type=patch.media_type, **options)
        # A patch that changed nothing is no change. kubectl goes by the patch, which is computed from texts, and so says `configured`
        # time after time for amounts such as 1000m, volumeClaimTemplates, or `data: null` (kubernetes/kubernetes#66450).
        return patched != current, patched

    def _recreated(self, info: Info, original: Object, modified: Object) -> Object:
        """Delete the object and create it anew; the old one is put back where the new one is refused."""
        self._written = values.marshal(modified)
        answer = self._client.delete(info.resource, info.name, info.namespace, **self._delete_options)
        deletion.Waiting(self._factory, self._client, [(info, deletion.uid_of(answer))]).run(self._timeout)
        try:
            return self._client.create(without_version(modified), namespace=info.namespace, **self._options)
        except KctlError as error:
            try:
                self._client.create(without_version(original), namespace=info.namespace, **self._options)
            except KctlError as second:
                raise KctlError("An error occurred force-replacing the existing object with the newly provided one:\n\n"
                                f"{error}.\n\nAdditionally, an error occurred attempting to restore the original object:\n\n{second}") from error  # fmt: skip
            raise


def without_version(obj: Object) -> Object:
    """Return an object without its resourceVersion, which nothing new may have."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or "resourceVersion" not in metadata:
        return obj
    return {**obj, "metadata": {field: value for field, value in metadata.items() if field != "resourceVersion"}}


def without_nulls(value: Any) -> Any:
    """Return a value without the nulls in its objects: what a patch of the same configuration would leave out."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
