"""Volumes: files that change at once, paths that nobody can lead astray, and what hostPath may reach."""

import contextlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from minikube_py.kubelet.runtime import File, RuntimeFailure
from minikube_py.kubelet.runtimes import binds, filevolume, hostpaths, paths, payload
from tests.kubelet.runtimes.conftest import OWNER, UID, Rig, config, container, mounting, pod, text

ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not ROOT, reason="only root can mount and give files away")


def source(rig: Rig, volume: dict[str, Any], mount: dict[str, Any], **fields: Any) -> Any:
    """Return what is seen at a mount of a volume."""
    obj = pod(volumes=[{"name": "v", **volume}], containers=[{"name": "a", "image": "busybox", "volumeMounts": [{"name": "v", "mountPath": "/m", **mount}]}])
    sandbox = config(obj, **fields)
    rig.runtime._volumes.sees = lambda uid: True
    rig.runtime._volumes.prepare(sandbox)
    rig.runtime._volumes.update(sandbox)
    return rig.runtime._volumes.source(container(sandbox, env=(("POD", "web"), ("EMPTY", ""))), sandbox, 0)


@pytest.fixture(autouse=True)
def unmounted(rig: Rig) -> Any:
    """Leave nothing mounted."""
    yield
    binds.unmount_below(rig.folder)


def tree(folder: Path) -> dict[str, str]:
    """Return what the files say that a container sees."""
    shown = [Path(holder, name) for holder, _, names in os.walk(folder, followlinks=True) for name in names]
    found = {str(path.relative_to(folder)): path.read_text() for path in shown}
    return {name: said for name, said in found.items() if not name.startswith("..")}


def test_files_are_exchanged_all_at_once(tmp_path: Path) -> None:
    assert filevolume.write(str(tmp_path), {"a": text("1"), "d/b": text("2")})
    assert not filevolume.write(str(tmp_path), {"a": text("1"), "d/b": text("2")})
    assert tree(tmp_path) == {"a": "1", "d/b": "2"}
    old = os.readlink(tmp_path / "..data")
    assert filevolume.write(str(tmp_path), {"a": text("3"), "c": text("4")})
    assert (tree(tmp_path), (tmp_path / old).exists()) == ({"a": "3", "c": "4"}, False)
    assert sorted(os.listdir(tmp_path)) == sorted([os.readlink(tmp_path / "..data"), "..data", "a", "c"])


def test_a_write_that_was_cut_off_is_made_good(tmp_path: Path) -> None:
    filevolume.write(str(tmp_path), {"a": text("1")})
    (tmp_path / "..kctl_new").mkdir()
    (tmp_path / "..kctl_new" / "x").write_text("half")
    (tmp_path / "a").unlink()
    assert not filevolume.write(str(tmp_path), {"a": text("1")})
    assert (tree(tmp_path), (tmp_path / "..kctl_new").exists()) == ({"a": "1"}, False)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "..x", "", "a//b", "./a", "a\0b", "x" * 256])
def test_files_stay_in_their_volume(tmp_path: Path, path: str) -> None:
    with pytest.raises(paths.Escape):
        filevolume.write(str(tmp_path / "v"), {path: text("1")})
    assert not (tmp_path / "x").exists()


@needs_root
def test_modes_owners_and_groups(tmp_path: Path) -> None:
    filevolume.write(str(tmp_path), {"a": File(b"", 0o400, 1000), "d/b": File(b"", 0o755)}, 2000)
    found = {name: (tmp_path / name).stat() for name in ("a", "d/b", "d")}
    assert {name: (oct(one.st_mode & 0o7777), one.st_uid, one.st_gid) for name, one in found.items()} == {
        "a": ("0o440", 1000, 2000), "d/b": ("0o755", 0, 2000), "d": ("0o2755", 0, 2000)}  # fmt: skip


def test_without_the_right_to_give_away_everybody_in_the_container_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)
    filevolume.write(str(tmp_path), {"a": File(b"", 0o400, 1000)}, 2000)
    assert oct((tmp_path / "a").stat().st_mode & 0o777) == "0o444"


def test_a_subpath_of_files_is_a_copy_that_never_changes(rig: Rig) -> None:
    files = {"v": {"k": text("1"), "d/x": text("2")}}
    one = source(rig, {"configMap": {"name": "c"}}, {"subPath": "k"}, sources=files)
    assert (Path(one.path).read_text(), one.read_only, os.path.islink(one.path)) == ("1", True, False)
    several = source(rig, {"configMap": {"name": "c"}}, {"subPath": "d"}, sources=files)
    assert tree(Path(several.path)) == {"x": "2"}


@needs_root
def test_a_subpath_is_made_and_mounted_and_links_are_refused(rig: Rig) -> None:
    made = source(rig, {"emptyDir": {}}, {"subPathExpr": "logs/$(POD)"})
    volume = Path(rig.engine.folder, next(iter(rig.engine.vols)))
    (volume / "logs/web/f").write_text("seen")
    assert (Path(made.path, "f").read_text(), made.held, made.path.startswith(rig.folder)) == ("seen", True, True)
    (volume / "out").symlink_to("/etc")
    for path in ("out", "out/ssh"):
        with pytest.raises(RuntimeFailure, match='failed to prepare subPath for volumeMount "v" of container "a"'):
            source(rig, {"emptyDir": {}}, {"subPath": path})
    rig.runtime._volumes.remove(UID)
    assert ((volume / "logs/web/f").read_text(), binds.mounted_below(rig.folder)) == ("seen", [])  # the mount went, not what was mounted


@pytest.mark.parametrize(("mount", "text"), [
    ({"subPath": "../x"}, "unable to provision SubPath `../x`: must not contain '..'"),
    ({"subPathExpr": "/$(POD)"}, "error SubPath `/web` must not be an absolute path"),
    ({"subPathExpr": "$(B)/$(A)/$(POD)"}, "missing value for A, B"), ({"subPathExpr": "$(EMPTY)"}, "missing value for EMPTY"),
])  # fmt: skip
def test_subpaths_that_lead_nowhere(rig: Rig, mount: dict[str, str], text: str) -> None:
    with pytest.raises(RuntimeFailure) as refused:
        source(rig, {"emptyDir": {}}, mount)
    assert (refused.value.reason, str(refused.value)) == ("CreateContainerConfigError", text)


@needs_root
def test_who_swaps_a_directory_for_a_link_gets_nothing(rig: Rig) -> None:
    source(rig, {"emptyDir": {}}, {})
    volume = Path(rig.engine.folder, next(iter(rig.engine.vols)))
    outside = Path(rig.folder).parent / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s")
    (volume / "real").mkdir()
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            for step in (lambda: os.rename(volume / "real", volume / "aside"), lambda: os.symlink(outside, volume / "real"),
                         lambda: os.unlink(volume / "real"), lambda: os.rename(volume / "aside", volume / "real")):  # fmt: skip
                with contextlib.suppress(OSError):  # the other side makes the directory where it is missing
                    step()

    thread = threading.Thread(target=swap)
    thread.start()
    escaped = refused = 0
    for _ in range(300):
        try:
            found = source(rig, {"emptyDir": {}}, {"subPath": "real"})
            escaped += (Path(found.path) / "secret").exists()
        except RuntimeFailure:
            refused += 1
    over.set()
    thread.join()
    assert (escaped, refused < 300) == (0, True)


@pytest.mark.parametrize("kind", ["", "Directory", "DirectoryOrCreate"])
def test_host_paths_below_an_allowed_root(rig: Rig, kind: str) -> None:
    os.makedirs(os.path.join(rig.allowed, "data/x"))
    found = source(rig, {"hostPath": {"path": rig.allowed + "/data/x", "type": kind}}, {})
    Path(rig.allowed, "data/x/f").write_text("seen")
    assert Path(found.path, "f").read_text() == "seen"
    assert source(rig, {"hostPath": {"path": rig.allowed}}, {}).path == rig.allowed


@pytest.mark.parametrize(("path", "kind", "told"), [
    ("/", "", "is not below a directory that this cluster may use"),
    ("/etc/passwd", "File", "is not below a directory that this cluster may use"),
    ("{root}/../x", "", "is not below a directory that this cluster may use"),
    ("{root}x", "", "is not below a directory that this cluster may use"),
    ("{root}/link", "", "leads through a symbolic link"),
    ("{root}/link/ssh", "DirectoryOrCreate", "leads through a symbolic link"),
    ("{root}/file", "Directory", "is not a directory"),
    ("{root}/none", "File", "is not a file"),
    ("{root}/file", "Socket", "is not a socket file"),
    ("{root}/file", "Odd", "hostPath type 'Odd' is not known"),
])  # fmt: skip
def test_host_paths_that_are_refused(rig: Rig, path: str, kind: str, told: str) -> None:
    os.symlink("/etc", os.path.join(rig.allowed, "link"))
    Path(rig.allowed, "file").write_text("")
    with pytest.raises(hostpaths.Refused, match=told):
        hostpaths.opened({"path": path.format(root=rig.allowed), "type": kind}, [rig.allowed])


def test_files_of_the_host_are_made_on_demand(rig: Rig) -> None:
    os.close(hostpaths.opened({"path": f"{rig.allowed}/a", "type": "FileOrCreate"}, [rig.allowed])[2])
    os.close(hostpaths.opened({"path": f"{rig.allowed}/b/c", "type": "DirectoryOrCreate"}, [rig.allowed])[2])
    assert (os.path.isfile(f"{rig.allowed}/a"), os.path.isdir(f"{rig.allowed}/b/c")) == (True, True)


class Objects:
    """A payload.Lookup."""

    def get(self, resource: str, name: str) -> Any:
        return {"configmaps/c": {"data": {"k": "v"}, "binaryData": {"b": "AAE="}}, "secrets/s": {"data": {"pw": "aHVudGVy"}}}.get(f"{resource}/{name}")

    def field(self, path: str) -> str:
        return f"<{path}>"

    def resource(self, reference: Any) -> str:
        return "7"

    def token(self, projection: Any) -> bytes:
        return b"token"


def test_what_volumes_of_files_hold() -> None:
    several = {"projected": {"defaultMode": 0o440, "sources": [
        {"configMap": {"name": "c", "items": [{"key": "k", "path": "x/y", "mode": 0o400}]}}, {"secret": {"name": "s"}},
        {"secret": {"name": "no", "optional": True}},
        {"downwardAPI": {"items": [{"path": "n", "fieldRef": {"fieldPath": "metadata.name"}}, {"path": "r", "resourceFieldRef": {"resource": "limits.cpu"}}]}},
        {"serviceAccountToken": {"path": "token"}},
    ]}}  # fmt: skip
    assert payload.files(pod(securityContext={"runAsUser": 7}), several, Objects()) == {
        "x/y": File(b"v", 0o400), "pw": File(b"hunter", 0o440), "n": File(b"<metadata.name>", 0o440), "r": File(b"7", 0o440),
        "token": File(b"token", 0o600, 7)}  # fmt: skip
    assert payload.files(pod(), {"configMap": {"name": "c"}}, Objects()) == {"k": File(b"v"), "b": File(b"\0\1")}
    plain = {"configMap": {"name": "c", "defaultMode": 0, "items": [{"key": "k", "path": "./x//y"}, {"key": "k", "path": "z", "mode": 0o600}]}}
    assert payload.files(pod(), plain, Objects()) == {"x/y": File(b"v", 0), "z": File(b"v", 0o600)}
    out = {"downwardAPI": {"items": [{"path": "a/../n", "mode": 0, "fieldRef": {"fieldPath": "metadata.name"}}]}}
    with pytest.raises(payload.Absent, match="must not contain '..'"):
        payload.files(pod(), out, Objects())
    for volume, told in (({"secret": {"secretName": "no"}}, 'secret "no" not found'),
                         ({"configMap": {"name": "c", "items": [{"key": "z", "path": "z"}]}}, "configmap references non-existent config key: z")):  # fmt: skip
        with pytest.raises(payload.Absent, match=told):
            payload.files(pod(), volume, Objects())


def test_memory_is_a_tmpfs_of_the_engine(rig: Rig) -> None:
    found = source(rig, {"emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}, {})
    own, options = rig.engine.vols[found.volume]
    assert (options["type"], own["dev.kctl.cluster"]) == ("tmpfs", OWNER.label)
    assert options["o"] == f"mode=1777,nr_blocks={2**20 // os.sysconf('SC_PAGE_SIZE')}"


@pytest.mark.parametrize(("inits", "mains", "size"), [
    ([], ["1Mi", "2Mi"], "3Mi"), ([("9Mi", "")], ["1Mi"], "9Mi"), ([("2Mi", "Always")], ["1Mi"], "3Mi"), ([], ["1Mi", ""], "16Mi"), ([], ["32Mi"], "16Mi"),
])  # fmt: skip
def test_no_more_is_in_memory_than_the_pod_may_use(rig: Rig, inits: list[tuple[str, str]], mains: list[str], size: str) -> None:
    def limited(name: str, memory: str) -> dict[str, Any]:
        return {"name": name, "image": "busybox", "resources": {"limits": {"memory": memory}} if memory else {}, "volumeMounts": [{"name": "v"}]}

    before = [{**limited(f"i{number}", each), "restartPolicy": policy} for number, (each, policy) in enumerate(inits)]
    obj = pod(volumes=[{"name": "v", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}],
              containers=[limited(f"m{number}", each) for number, each in enumerate(mains)], initContainers=before)  # fmt: skip
    rig.runtime._volumes.prepare(config(obj))
    ((_, options),) = rig.engine.vols.values()
    pages = int(size.removesuffix("Mi")) * 2**20 // os.sysconf("SC_PAGE_SIZE")
    assert options["o"] == f"mode=1777,nr_blocks={pages}"


def test_files_that_nobody_made_are_not_passed_over(rig: Rig) -> None:
    sandbox = config(mounting({"name": "v", "configMap": {"name": "c"}}))
    with pytest.raises(RuntimeFailure, match='MountVolume.SetUp failed for volume "v" : its content is not known'):
        rig.runtime.run_pod_sandbox(sandbox)
    assert rig.engine.containers == {}
