"""Podman's networks, kept within reach of their containers.

A bridge takes the lowest hardware address of its members, so it changes as containers come and go. Containers that talk to it (for names: Podman's server
listens on the bridge) go on with the old one for some fifteen seconds, unless they are told. Newer netavarks give a bridge an address of its own; that of
Debian 12 does not, so the kernel is asked to tell (arp_notify; Documentation/networking/ip-sysctl).
"""

import contextlib
import os

_SETTING = "/proc/sys/net/ipv4/conf/{}/arp_notify"


class Bridges:
    """The bridges of some networks, which come and go with the containers on them."""

    def __init__(self) -> None:
        self._interfaces: dict[str, str] = {}

    def watch(self, network: str, interface: str) -> None:
        """Look after the bridge of a network from now on."""
        if interface and "/" not in interface:
            self._interfaces[network] = interface

    def forget(self, network: str) -> None:
        """Look after it no more."""
        self._interfaces.pop(network, None)

    def tend(self) -> None:
        """Let bridges tell of their addresses. Where that is not ours to say (rootless, not root), they stay as they are."""
        for interface in tuple(self._interfaces.values()):
            path = _SETTING.format(interface)
            if os.access(path, os.W_OK):
                with contextlib.suppress(OSError), open(path, "r+", encoding="ascii") as setting:  # it may go at any moment
                    if setting.read().strip() == "0":
                        setting.seek(0)
                        setting.write("1")
