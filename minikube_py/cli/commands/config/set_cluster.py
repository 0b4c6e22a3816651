"""kctl config set-cluster."""

import os

from minikube_py.cli import kubeconfigs
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.kubeconfigs import ChangeOptions, Content
from minikube_py.machinery.errors import KctlError

_DATA = "certificate-authority-data"
FLAGS = (
    Flag("certificate-authority", usage="Path to the file of the certificate authority for the cluster entry"),
    Flag("embed-certs", "bool", usage="Put the certificate authority into the cluster entry, rather than its path"),
    Flag("insecure-skip-tls-verify", "bool", usage="insecure-skip-tls-verify for the cluster entry"),
    Flag("proxy-url", usage="proxy-url for the cluster entry"),
    Flag("server", usage="server for the cluster entry"),
    Flag("tls-server-name", usage="tls-server-name for the cluster entry"),
)


class SetClusterOptions(ChangeOptions):
    """Sets parts of a cluster's entry, which is made where it is not there."""

    def validate(self) -> None:
        """Refuse anything but one cluster, and flags that exclude each other."""
        if len(self.arguments) != 1:
            raise self.unexpected(COMMAND)
        authority = self.values["certificate-authority"]
        if not self.arguments[0]:
            raise KctlError("you must specify a non-empty cluster name")
        if self.values["insecure-skip-tls-verify"] and authority:
            raise KctlError("you cannot specify a certificate authority and insecure mode at the same time")
        if self.values["embed-certs"]:
            if not authority:
                raise KctlError("you must specify a --certificate-authority to embed")
            kubeconfigs.check_there("certificate-authority", authority)

    def change(self) -> int | None:
        """Do it."""
        name, content = self.arguments[0], self.load()
        changed = self._changed(kubeconfigs.find(content, "clusters", name) or {})
        self.save(kubeconfigs.put(content, "clusters", name, kubeconfigs.relative(changed, self.file)))
        self.say(f'Cluster "{name}" set.')
        return None

    def _changed(self, entry: Content) -> Content:
        values, changed = self.values, dict(entry)
        if values.changed("server"):
            changed |= {"server": values["server"], "tls-server-name": ""}  # another server has another name
        if values.changed("tls-server-name"):
            changed["tls-server-name"] = values["tls-server-name"]
        if values.changed("insecure-skip-tls-verify"):
            changed["insecure-skip-tls-verify"] = values["insecure-skip-tls-verify"]
            if values["insecure-skip-tls-verify"]:
                changed |= {"certificate-authority": "", _DATA: ""}
        if values.changed("certificate-authority"):
            changed |= self._authority(values["certificate-authority"])
        if values.changed("proxy-url"):
            changed["proxy-url"] = values["proxy-url"]
        return changed

    def _authority(self, path: str) -> Content:
        if self.values["embed-certs"]:
            return {_DATA: kubeconfigs.embedded(path), "insecure-skip-tls-verify": False, "certificate-authority": ""}
        return {"certificate-authority": os.path.abspath(path), "insecure-skip-tls-verify": False, _DATA: ""}


COMMAND = Command(
    "config set-cluster", "Set a cluster entry in kubeconfig",
    "NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
    FLAGS, SetClusterOptions,
    long="Set a cluster entry in the kubeconfig. What an entry of that name has already stays, unless a flag says otherwise.",
    examples="""  # Let the cluster lab mean a server
  kctl config set-cluster lab --server=https://lab.example.com:6443

  # Put the certificate of its authority into the kubeconfig
  kctl config set-cluster lab --embed-certs --certificate-authority=lab.crt""",
)  # fmt: skip
