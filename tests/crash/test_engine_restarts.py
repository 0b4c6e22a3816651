"""Commands are killed, the engine is restarted or killed, containers are killed, paused, removed and copied by hand: the next commands put all right."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from minikube_py.kubelet.engines import api
from minikube_py.testing import Result
from tests.behaviour import homes
from tests.behaviour.sites import CLUSTER, Site, left
from tests.crash.test_engine_kills import Campaign
from tests.engines.daemons import IMAGE, KINDS, Daemon, private_daemon

__all__ = ["private_daemon"]

STRANGER = "somebody-elses"


class Restless(Campaign):
    """A campaign on an engine that does not stay up. Each kind of trouble comes in its turn, so that a short one has all of them."""

    def __init__(self, site: Site, file: Path, seed: int) -> None:
        super().__init__(site, file, seed)
        self._troubles: list[Callable[[], bool]] = []

    def mischief(self) -> None:
        """Make two kinds of trouble; the last one is a restart every other time."""
        for _ in range(2):
            if not self._troubles:
                self._troubles = [self.paused, self.killed_by_hand, self.restarted, self.removed, self.copied, self.engine_killed]
            trouble = self._troubles.pop(0)
            self.by_hand[trouble.__name__] += trouble()

    def row(self) -> api.Listed | None:
        rows = self.site.engine.list(self.site.label)
        return self.rng.choice(rows) if rows else None

    def paused(self) -> bool:
        """Pause a container that runs."""
        rows = [row for row in self.site.engine.list(self.site.label) if self._runs(row)]
        if not rows:
            return False
        row = self.rng.choice(rows)
        try:
            self.site.pause(row.id)
        except subprocess.CalledProcessError:
            if self._runs(row):
                raise
            return False  # it ended at this moment
        return True

    def _runs(self, row: api.Listed) -> bool:
        try:
            return self.site.engine.inspect(row.id).state == api.RUNNING
        except api.NotFound:
            return False

    def killed_by_hand(self) -> bool:
        """Kill a container."""
        row = self.row()
        if row is None:
            return False
        try:
            self.site.engine.kill(row.id, "KILL")
        except (api.NotFound, api.Conflict):  # it ends or goes at this moment
            return False
        return True

    def removed(self) -> bool:
        """Remove a container."""
        row = self.row()
        if row is None:
            return False
        try:
            self.site.engine.remove(row.id)
        except api.Conflict:  # Podman keeps what others have joined
            return False
        return True

    def copied(self) -> bool:
        """Start a container that carries the labels of one of ours."""
        row = self.row()
        if row is None:
            return False
        spec = api.ContainerSpec(name=f"copy-{self.version}-{sum(self.by_hand.values())}", image=IMAGE, labels=row.labels, command=("sleep", "1000"))
        self.site.engine.start(self.site.engine.create(spec))
        return True

    def restarted(self) -> bool:
        """Restart the engine in good order."""
        self.site.daemon.restart()
        self.site.engine = self.site.daemon.open()
        return True

    def engine_killed(self) -> bool:
        """Kill the engine and start it again."""
        self.site.daemon.restart(hard=True)
        self.site.engine = self.site.daemon.open()
        return True


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", KINDS)
def test_an_engine_that_does_not_stay_up(private_daemon: Callable[[str], Daemon], kind: str, tmp_path: Path, kills: int) -> None:
    daemon = private_daemon(kind)
    made = homes.run(tmp_path, "cluster", "create", CLUSTER, "--runtime", kind, extra=daemon.environment)
    assert made == Result(0, f'cluster "{CLUSTER}" created\n', "")
    site = Site(tmp_path, daemon)
    stranger = site.engine.create(api.ContainerSpec(name=STRANGER, image=IMAGE, command=("sleep", "100000"), labels={"kctl.test": "stranger"}))
    campaign = Restless(site, tmp_path / "apps.json", seed=kills)
    try:
        campaign.run(kills)
    finally:
        site("cluster", "delete", CLUSTER)
    assert left(site.engine, site.label) == ([], [], [])
    assert site.engine.inspect(stranger).name == STRANGER
    assert campaign.by_hand["restarted"] and campaign.by_hand["engine_killed"]
    print(f"{kind}: killed {dict(campaign.killed)}, by hand {dict(campaign.by_hand)}")
