"""Each hook has a section in docs/plugins.md, whose example is a plugin that works."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minikube_py import testing
from minikube_py.cluster.cluster import Settings, open_backend
from minikube_py.machinery import errors
from minikube_py.plugin import specs
from minikube_py.plugin.auth import Credentials, UserInfo
from minikube_py.plugin.manager import PluginManager
from minikube_py.storage.memory import MemoryBackend
from tests.apiserver.world import World, deployment, obj, pod

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
EXAMPLES = dict(re.findall(r"^## (kctl_register_\w+)\n.*?^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE))


def _load(hook: str, folder: Path) -> Any:
    """Return the example as the plugins directory gives it."""
    (folder / "example.py").write_text(EXAMPLES[hook])
    manager = PluginManager(directory=str(folder))
    assert manager.third_party()[-1] == "example"
    return manager._strangers[-1][1]


def _commands(plugin: Any) -> None:
    from typer.testing import CliRunner

    entry = PluginManager(given=(plugin,)).registry("commands").get("hello")
    assert entry is not None and CliRunner().invoke(entry.value, ["world"]).output == "hello world\n"


def _storage_backends(plugin: Any) -> None:
    assert isinstance(open_backend(Settings(storage="forgetful"), "", PluginManager(given=(plugin,))), MemoryBackend)


def _authenticators(plugin: Any) -> None:
    policy = World(plugin).server.policy
    assert policy.authenticate(Credentials(bearer_token="secret-of-ann")) == UserInfo("ann", ("developers",))
    with pytest.raises(errors.Unauthorized):
        policy.authenticate(Credentials(bearer_token="guessed"))
    with pytest.raises(errors.Unauthorized):
        policy.authenticate(Credentials(username="ann"))


def _authorizers(plugin: Any) -> None:
    world = World(plugin)
    world.client().create(obj("Namespace", "dev"))
    assert world.client("ann", "developers").create(obj("ConfigMap", "a", space="dev"))["metadata"]["name"] == "a"
    with pytest.raises(errors.Forbidden):
        world.client("ann", "developers").create(obj("ConfigMap", "a"))


def _admission_plugins(plugin: Any) -> None:
    world = World(plugin)
    assert world.client().create(deployment())["metadata"]["labels"]["made-by"] == "admin"
    with pytest.raises(errors.Forbidden, match='^deployments.apps "big" is forbidden: more than ten replicas are too many$'):
        world.client().create(deployment("big", replicas=11))


def _controllers(plugin: Any) -> None:
    cluster = testing.new_cluster(plugins=(plugin,), without=("scheduler", "kubelet"))
    cluster.client().create(obj("Namespace", "new"))
    cluster.settle()
    assert cluster.client().get("configmaps", "welcome", "new")["metadata"]["name"] == "welcome"


def _scheduler_plugins(plugin: Any) -> None:
    cluster = testing.new_cluster(plugins=(plugin,))
    node = cluster.client().items("nodes")[0]["metadata"]["name"]
    cluster.client().patch("nodes", node, "", {"metadata": {"labels": {"day": "monday"}}})
    cluster.client().create(pod())
    cluster.settle()
    conditions = cluster.client().get("pods", "web", "default")["status"]["conditions"]
    assert "1 node(s) had a Monday" in conditions[0]["message"]


def _runtimes(plugin: Any) -> None:
    cluster = testing.new_cluster(plugins=(plugin,), runtime="loud")
    cluster.client().create(pod())
    cluster.settle()
    assert list(cluster.client().logs("web", "default")) == ["I AM HERE\n"]


TRIALS: dict[str, Callable[[Any], None]] = {
    "kctl_register_commands": _commands,
    "kctl_register_storage_backends": _storage_backends,
    "kctl_register_authenticators": _authenticators,
    "kctl_register_authorizers": _authorizers,
    "kctl_register_admission_plugins": _admission_plugins,
    "kctl_register_controllers": _controllers,
    "kctl_register_scheduler_plugins": _scheduler_plugins,
    "kctl_register_runtimes": _runtimes,
}
HOOKS = [name for name, value in inspect.getmembers(specs, inspect.isfunction) if name.startswith("kctl_")]


def test_every_hook_is_described_and_tried() -> None:
    assert sorted(EXAMPLES) == sorted(TRIALS) == sorted(HOOKS)
    assert {name: len(text.splitlines()) for name, text in EXAMPLES.items() if len(text.splitlines()) > 20} == {}


@pytest.mark.parametrize("hook", sorted(TRIALS))
def test_the_example_of(hook: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    TRIALS[hook](_load(hook, tmp_path))
