"""Images from a registry: with and without credentials, slowly, and not at all."""

import pytest

from minikube_py.kubelet.engines import api
from tests.engines import registry
from tests.engines.daemons import archive
from tests.engines.support import Box, unique

LAYERS = [archive(), archive({"data/more": bytes(range(256)) * 4096})]


def ignored(layer: str, done: int, size: int) -> None:
    """Nobody looks."""


def test_an_image_comes_with_its_layers(box: Box) -> None:
    with registry.serving(pause=0.03) as served:
        repository = unique()
        own = archive({"data/own": repository.encode()})  # or Docker would say no more than that it has it, where another test was first
        digest = served.add(repository, "v1", [*LAYERS, own], ["cat", "/data/more"])
        name, told = f"{served.host}/{repository}:v1", []
        with pytest.raises(api.NotFound):
            box.engine.image(name)
        image = box.engine.pull(name, None, lambda *progress: told.append(progress))
        assert (list(image.command), image.user, image.working_dir) == (["cat", "/data/more"], "65534", "/data")
        assert f"{served.host}/{repository}@{digest}" in image.digests
        assert box.engine.image(name) == image
        assert len({layer for layer, _, _ in told}) >= 2
        assert all(0 <= done <= size or not size for _, done, size in told)
        again = box.engine.pull(f"{served.host}/{repository}@{digest}", None, ignored)
        assert again.id == image.id
    assert box.output("sh", "-c", "id -u; pwd", image=name) == "65534\n/data\n"


@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_who_may_pull(box: Box, auth: str) -> None:
    with registry.serving(auth=auth, user="ann", password='p:ä"ss') as served:
        repository = unique()
        served.add(repository, "latest", LAYERS[:1], ["sh"])
        name = f"{served.host}/{repository}"
        for wrong in (None, api.Credentials("ann", "secret-word")):
            with pytest.raises(api.EngineError) as caught:
                box.engine.pull(name, wrong, ignored)
            assert not isinstance(caught.value, api.Unreachable) and "secret-word" not in str(caught.value)
        assert list(box.engine.pull(name, api.Credentials("ann", 'p:ä"ss'), ignored).command) == ["sh"]


def test_images_that_are_not_there(box: Box) -> None:
    with registry.serving() as served:
        served.add("there", "v1", LAYERS[:1], ["sh"])
        for name in ("there:v2", "not-there:v1", f"there@sha256:{'0' * 64}"):
            with pytest.raises(api.NotFound):
                box.engine.pull(f"{served.host}/{name}", None, ignored)
    with pytest.raises(api.EngineError, match="refused"):
        box.engine.pull(f"{served.host}/there:v1", None, ignored)


def test_an_image_that_is_damaged(box: Box) -> None:
    with registry.serving() as served:
        repository = unique()
        served.add(repository, "v1", [archive({"data/own": repository.encode()})], ["sh"])
        served.blobs = {digest: data[:-1] + bytes([data[-1] ^ 1]) for digest, data in served.blobs.items()}
        with pytest.raises(api.EngineError):
            box.engine.pull(f"{served.host}/{repository}:v1", None, ignored)


@pytest.mark.parametrize("name", ["UPPER/case:1", "a b", "", "x:y:z", "-", "reg/../x"])
def test_names_that_are_none(engine: api.Engine, name: str) -> None:
    with pytest.raises(api.EngineError):
        engine.pull(name, None, ignored)
