"""Validation of a pod's dnsConfig and hostAliases."""

from collections.abc import Mapping, Sequence
from typing import Any

from minikube_py.machinery import fielderrors, names
from minikube_py.machinery.fielderrors import FieldError
from minikube_py.registry.pod import rules


def config(value: Mapping[str, Any] | None, policy: str, path: str) -> list[FieldError]:
    """Check dnsConfig against dnsPolicy (validatePodDNSConfig)."""
    if policy == "None":
        if value is None:
            return [fielderrors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not value.get("nameservers"):
            text = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [fielderrors.required(f"{path}.nameservers", text)]
    if value is None:
        return []
    servers, searches = value.get("nameservers") or [], value.get("searches") or []
    found: list[FieldError] = []
    if len(servers) > 3:
        found.append(fielderrors.invalid(f"{path}.nameservers", list(servers), "must not have more than 3 nameservers"))
    for index, server in enumerate(servers):
        found += rules.each(f"{path}.nameservers[{index}]", server, names.ip(server))
    if len(searches) > 32:
        found.append(fielderrors.invalid(f"{path}.searches", list(searches), "must not have more than 32 search paths"))
    if len(" ".join(searches)) > 2048:
        text = "must not have more than 2048 characters (including spaces) in the search list"
        found.append(fielderrors.invalid(f"{path}.searches", list(searches), text))
    for index, search in enumerate(searches):
        found += _search(search, f"{path}.searches[{index}]")
    for index, option in enumerate(value.get("options") or ()):
        if not option.get("name"):
            found.append(fielderrors.required(f"{path}.options[{index}]", "must not be empty"))
    return found


def _search(search: str, path: str) -> list[FieldError]:
    # RelaxedDNSSearchValidation, on since v1.33, lets a lone dot and underscores through.
    name = search.removesuffix(".")
    return rules.each(path, name, names.dns_subdomain_with_underscore(name)) if search != "." else []


def host_aliases(items: Sequence[Mapping[str, Any]], path: str) -> list[FieldError]:
    """Check hostAliases."""
    found: list[FieldError] = []
    for index, item in enumerate(items):
        ip = item.get("ip", "")
        found += rules.each(f"{path}[{index}].ip", ip, names.ip(ip))
        for number, name in enumerate(item.get("hostnames") or ()):
            found += rules.each(f"{path}[{index}].hostnames[{number}]", name, names.dns_subdomain(name))
    return found
