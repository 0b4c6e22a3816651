"""kctl certificate deny."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands import certificate


class DenyOptions(certificate.Decision):
    """What `kctl certificate deny` was asked for."""

    condition, opposite = "Denied", "Approved"
    done, verb = "denied", "deny"


COMMAND = Command(
    "certificate deny",
    "Deny a certificate signing request",
    "(-f FILENAME | NAME) [options]",
    certificate.FLAGS,
    DenyOptions,
    long="Deny certificate signing requests: no signer makes a certificate for them.",
    examples="""  # Turn a request down
  kctl certificate deny ann""",
)
