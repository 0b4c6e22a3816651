"""kctl certificate approve."""

from minikube_py.cli.command import Command
from minikube_py.cli.commands import certificate


class ApproveOptions(certificate.Decision):
    """What `kctl certificate approve` was asked for."""

    condition, opposite = "Approved", "Denied"
    done, verb = "approved", "approve"


COMMAND = Command(
    "certificate approve",
    "Approve a certificate signing request",
    "(-f FILENAME | NAME) [options]",
    certificate.FLAGS,
    ApproveOptions,
    long="""Approve certificate signing requests: the signer that they name then makes the certificate.

 Look at what a request asks for first: whoever holds the certificate is, for the cluster, the one whom it names.""",
    examples="""  # Let the request be signed
  kctl certificate approve ann

  # The requests of a file
  kctl certificate approve -f requests.yaml""",
)
