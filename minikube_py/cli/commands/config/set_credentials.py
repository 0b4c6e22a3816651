"""kctl config set-credentials."""

import os

from minikube_py.cli import kubeconfigs, pairs
from minikube_py.cli.command import Command
from minikube_py.cli.flags import Flag
from minikube_py.cli.kubeconfigs import ChangeOptions, Content
from minikube_py.machinery.errors import KctlError

_MODES = ("IfAvailable", "Always", "Never")
_EXEC_TEXTS = (("exec-api-version", "apiVersion"), ("exec-interactive-mode", "interactiveMode"))
FLAGS = (
    Flag("auth-provider", usage="Auth provider for the user entry"),
    Flag("auth-provider-arg", "list", usage="'key=value' arguments for the auth provider; 'key-' removes one"),
    Flag("client-certificate", usage="Path to the file of the client certificate for the user entry"),
    Flag("client-key", usage="Path to the file of the client key for the user entry"),
    Flag("embed-certs", "bool", usage="Put client certificate and key into the user entry, rather than their paths"),
    Flag("exec-api-version", usage="API version of the program that makes credentials"),
    Flag("exec-arg", "list", usage="New arguments for the program that makes credentials"),
    Flag("exec-command", usage="Program that makes credentials for the user entry"),
    Flag("exec-env", "strings", usage="'key=value' environment values for the program that makes credentials; 'key-' removes one"),
    Flag("exec-interactive-mode", usage="Whether that program may ask: one of IfAvailable, Never, Always"),
    Flag("exec-provide-cluster-info", "bool", usage="Tell that program about the cluster"),
    Flag("password", usage="password for the user entry"),
    Flag("token", usage="token for the user entry"),
    Flag("username", usage="username for the user entry"),
)


class SetCredentialsOptions(ChangeOptions):
    """Sets parts of a user's entry, which is made where it is not there."""

    def validate(self) -> None:
        """Refuse anything but one user, and flags that exclude each other."""
        values = self.values
        if len(self.arguments) != 1:
            raise self.unexpected(COMMAND, "unexpected")
        self.provider = self._pairs("auth-provider-arg")
        self.variables = self._pairs("exec-env")
        if not self.arguments[0]:
            raise KctlError("you must specify a non-empty user name")
        if values["token"] and (values["username"] or values["password"]):
            raise KctlError("you cannot specify more than one authentication method at the same time: --token, --username/--password")
        if values["embed-certs"]:
            if not values["client-certificate"] and not values["client-key"]:
                raise KctlError("you must specify a --client-certificate or --client-key to embed")
            for flag in ("client-certificate", "client-key"):
                if values[flag]:
                    kubeconfigs.check_there(flag, values[flag])
        if values.changed("exec-interactive-mode") and values["exec-interactive-mode"] not in _MODES:
            raise KctlError("invalid interactive mode type, can be only IfAvailable, Never, Always")

    def _pairs(self, flag: str) -> tuple[dict[str, str], list[str]]:
        """Return what key=value sets, and what key- removes."""
        try:
            return pairs.parse(self.values[flag], flag, removable=True)
        except KctlError as error:
            self.show_help(COMMAND)
            raise error

    def change(self) -> int | None:
        """Do it."""
        name, content = self.arguments[0], self.load()
        changed = self._changed(kubeconfigs.find(content, "users", name) or {})
        self.save(kubeconfigs.put(content, "users", name, kubeconfigs.relative(changed, self.file)))
        self.say(f'User "{name}" set.')
        return None

    def _changed(self, entry: Content) -> Content:
        values, changed = self.values, dict(entry)
        for flag in ("client-certificate", "client-key"):
            if values.changed(flag):
                changed |= self._material(flag, values[flag])
        for flag in ("token", "username", "password"):
            if values.changed(flag):
                changed[flag] = values[flag]
        if values.changed("auth-provider") and (changed.get("auth-provider") or {}).get("name") != values["auth-provider"]:
            changed["auth-provider"] = {"config": {}, "name": values["auth-provider"]}
        if changed.get("auth-provider"):
            changed["auth-provider"] = self._provided(changed["auth-provider"])
        program = self._program(changed.get("exec"))
        if program is not None:
            changed["exec"] = program
        with_token = values["token"]
        with_password = values["username"] or values["password"]
        if with_token:
            changed |= {"username": "", "password": ""}
        elif with_password:
            changed["token"] = ""
        return changed

    def _material(self, flag: str, path: str) -> Content:
        if self.values["embed-certs"]:
            return {f"{flag}-data": kubeconfigs.embedded(path), flag: ""}
        return {flag: os.path.abspath(path), f"{flag}-data": ""}

    def _provided(self, provider: Content) -> Content:
        added, removed = self.provider
        kept = {key: value for key, value in (provider.get("config") or {}).items() if key not in removed}
        return {**provider, "config": {**kept, **added}}

    def _program(self, known: Content | None) -> Content | None:
        """Return the program that makes credentials; None where there is none."""
        values = self.values
        program = dict(known) if known is not None else None
        if values.changed("exec-command"):
            program = {**(program or {"apiVersion": "", "args": None, "env": None}), "command": values["exec-command"], "args": None}
        if program is None:
            return None
        for flag, field in _EXEC_TEXTS:
            if values.changed(flag):
                program[field] = values[flag]
        if values["exec-arg"]:
            program["args"] = values["exec-arg"]
        if values.changed("exec-provide-cluster-info"):
            program["provideClusterInfo"] = values["exec-provide-cluster-info"]
        return program | self._environment(program.get("env") or [])

    def _environment(self, known: list[Content]) -> Content:
        added, removed = self.variables
        if not added and not removed:
            return {}
        kept = [{**each, "value": added.get(each["name"], each.get("value"))} for each in known if each["name"] not in removed]
        there = {each["name"] for each in kept}
        return {"env": [*kept, *({"name": name, "value": value} for name, value in added.items() if name not in there)]}


COMMAND = Command(
    "config set-credentials", "Set a user entry in kubeconfig",
    "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] "
    "[--password=basic_password] [--auth-provider=provider_name] [--auth-provider-arg=key=value] [--exec-command=exec_command] "
    "[--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]", FLAGS, SetCredentialsOptions,
    long="""Set a user entry in the kubeconfig. What an entry of that name has already stays, unless a flag says otherwise.

 A user is known by a certificate with its key, by a token, by name and password, or by what a program answers. A token and a password
 exclude each other.""",
    examples="""  # Let the user dev have a token
  kctl config set-credentials dev --token=abcdef

  # Put certificate and key into the kubeconfig
  kctl config set-credentials dev --client-certificate=dev.crt --client-key=dev.key --embed-certs

  # Ask a program for credentials
  kctl config set-credentials dev --exec-command=/usr/bin/login --exec-api-version=client.authentication.k8s.io/v1""",
)  # fmt: skip
