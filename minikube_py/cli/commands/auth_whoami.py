"""kctl auth whoami."""

from typing import Any

from minikube_py.cli import typedobjects
from minikube_py.cli.command import Command
from minikube_py.cli.factory import Factory
from minikube_py.cli.flags import Values
from minikube_py.cli.outcome import FLAGS, Outcome
from minikube_py.machinery import errors
from minikube_py.machinery.errors import KctlError

_NOT_SERVED = "the selfsubjectreviews API is not enabled in the cluster"


class WhoamiOptions:
    """What `kctl auth whoami` was asked for."""

    factory: Factory
    values: Values

    def complete(self, factory: Factory, values: Values, arguments: list[str]) -> None:
        """Take over the command line; kubectl looks at no arguments here."""
        self.factory, self.values = factory, values
        factory.configured()
        self.outcome = Outcome(factory, values)
        self.as_table = not self.outcome.format and not values["template"]

    def validate(self) -> None:
        """Refuse an unknown -o."""
        if not self.as_table:
            self.outcome.printer("")

    def run(self) -> int | None:
        """Ask the cluster, and print its answer."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}}
        try:
            found = self.factory.client("kubectl").create(review)
        except errors.Forbidden as error:
            raise KctlError(f"{_NOT_SERVED} or you do not have permission to call it") from error
        except (errors.NotFound, errors.UnknownPath) as error:
            raise KctlError(_NOT_SERVED) from error
        if self.as_table:
            self._table((found.get("status") or {}).get("userInfo") or {})
        else:
            self.outcome.tell_generated(typedobjects.of({**review, **found}), "")
        return None

    def _table(self, user: dict[str, Any]) -> None:
        from minikube_py.describers import golang
        from minikube_py.printers.tabwriter import TabWriter

        rows = [("Username", user.get("username") or ""), ("UID", user.get("uid") or "")]
        rows.append(("Groups", golang.listing(user["groups"]) if user.get("groups") else ""))
        rows += [(f"Extra: {key}", golang.listing(values)) for key, values in sorted((user.get("extra") or {}).items())]
        writer = TabWriter(self.factory.streams.out)
        writer.write("ATTRIBUTE\tVALUE\n" + "".join(f"{name}\t{value}\n" for name, value in rows if value))
        writer.flush()


COMMAND = Command(
    "auth whoami",
    "Experimental: Check self subject attributes",
    "[flags] [options]",
    FLAGS,
    WhoamiOptions,
    long="Show as whom the cluster knows you: name, uid, groups, and what the way of signing in adds.",
    examples="""  # Who am I?
  kctl auth whoami

  # As YAML
  kctl auth whoami -o yaml""",
)
