"""Server-side apply of one object, and the move of objects that were applied client-side before (kubectl apply --server-side)."""

from typing import TYPE_CHECKING, Any, TextIO

from minikube_py.cli.infos import Info
from minikube_py.client import api
from minikube_py.machinery import errors, meta
from minikube_py.machinery.apply import csaupgrade
from minikube_py.machinery.errors import KctlError
from minikube_py.machinery.meta import Object
from minikube_py.machinery.patch import threeway

if TYPE_CHECKING:
    from minikube_py.client.rest import RestClient

MANAGER = "kubectl"
_ANNOTATION_MANAGER = "kubectl-last-applied"
_RETRIES = 5
_ADVICE = """
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""
_NOT_FATAL = "This is non-fatal and will be retried next time you apply. Error:"


class Applier:
    """Applies on the server. `options` are the client's for writes, among them the manager."""

    def __init__(self, client: "RestClient", err: TextIO, *, options: dict[str, Any], force: bool, subresource: str = "") -> None:
        self._client, self._err = client, err
        self._options = {**options, "force": force}
        self._manager: str = options["field_manager"]
        self._subresource = subresource

    def apply(self, info: Info) -> None:
        """Apply the object of `info`, which then holds the server's answer."""
        config = info.there
        if not info.name:
            raise KctlError("resource name may not be empty")
        try:
            info.refresh(self._send(info, config, info.duplicates))
        except errors.UnsupportedMediaType as error:
            raise KctlError(f"Server-side apply not available on the server: ({error})") from error
        except errors.StatusError as error:
            if error.reason == "Conflict":
                raise KctlError(f"{error}{_ADVICE}") from error
            raise
        self._migrate(info, config)

    def _send(self, info: Info, config: Object, duplicates: Any = None) -> Object:
        return self._client.patch(info.resource, info.name, info.namespace, config, patch_type=api.APPLY_PATCH, subresource=self._subresource,
                                  **{**self._options, "duplicates": duplicates or None})  # fmt: skip

    def _migrate(self, info: Info, config: Object) -> None:
        """Make the fields of a client-side apply this manager's own, and send the configuration again: it may drop some of them."""
        try:
            self._save_annotation(info)
        except KctlError as error:
            self._warn(f"failed to migrate {threeway.ANNOTATION} for Server-Side Apply. {_NOT_FATAL} {error}")
            return
        try:
            moved = self._move(info)
        except KctlError as error:
            self._warn(f"server rejected managed fields migration to Server-Side Apply. {_NOT_FATAL} {error}")
            return
        if not moved:
            return
        try:
            info.refresh(self._send(info, config))
        except KctlError as error:
            self._warn(f"failed to re-apply configuration after performing Server-Side Apply migration. {_NOT_FATAL} {error}")

    def _warn(self, text: str) -> None:
        print(f"Warning: {text}", file=self._err)

    def _save_annotation(self, info: Info) -> None:
        """Let a manager of its own keep the last-applied annotation, so that the move does not drop it."""
        live = info.there
        written = meta.annotations(live).get(threeway.ANNOTATION)
        if self._manager != MANAGER or written is None or owners(live, "Apply"):
            return
        metadata = {field: live["metadata"][field] for field in ("name", "namespace") if field in live["metadata"]}
        only = {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": {**metadata, "annotations": {threeway.ANNOTATION: written}}}
        options = {**self._options, "field_manager": _ANNOTATION_MANAGER, "force": None}
        info.refresh(self._client.patch(info.resource, info.name, info.namespace, only, patch_type=api.APPLY_PATCH, **options))

    def _move(self, info: Info) -> bool:
        managers = owners(info.there, "Update")
        problem: errors.Conflict | None = None
        for _ in range(_RETRIES):
            patch = csaupgrade.patch(info.there, managers, self._manager)
            if not patch:
                return False
            try:
                options = {**self._options, "force": None}
                info.refresh(self._client.patch(info.resource, info.name, info.namespace, patch, patch_type=api.JSON_PATCH, **options))
                return True
            except errors.Conflict as error:
                problem = error
                info.get(self._client)
        assert problem is not None, "the loop ends early without a conflict"
        raise problem


def owners(obj: Object, operation: str) -> list[str]:
    """Return the managers that own the last-applied annotation through Apply or Update."""
    field = f"f:{threeway.ANNOTATION}"
    return [
        entry["manager"]
        for entry in obj["metadata"].get("managedFields") or ()
        if entry.get("operation") == operation and not entry.get("subresource")
        and field in ((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:annotations", {})
    ]  # fmt: skip
