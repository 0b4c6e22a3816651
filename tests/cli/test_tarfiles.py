"""Archives out of containers: whatever is in them, nothing is written outside the target. 5,000 hostile ones, of which CI takes a slice."""

import io
import os
import random
import tarfile
from pathlib import Path

import pytest

from minikube_py.cli import tarfiles
from minikube_py.machinery.errors import KctlError

_SECRET = b"untouched"
_NAMES = ("a", "b", "sub", "sub/c", "link", "link/d", "..", "../out", "../../out", "sub/../../out", "/abs", "//abs/x", "./a", "a/", "link/../../out", "",
          ".", "sub//e", "\\..\\out", "..\\..\\out", "a\x00b", "é\n\x1b[31m", "n" * 90 + "/" + "m" * 90, "x/" * 60 + "y",
          "p" * 300, "out", "in/../link")  # fmt: skip
_TYPES = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE,
          tarfile.CONTTYPE, tarfile.REGTYPE, tarfile.REGTYPE, tarfile.SYMTYPE, b"Z")  # fmt: skip


def _archive(rng: random.Random, outside: str) -> bytes:
    """Return an archive of a few entries that mean no good, perhaps broken afterwards."""
    out = io.BytesIO()
    links = (outside, "../outside", "..", "/", "/etc/passwd", "src/a", "src/../../outside/kept", f"{outside}/kept", "src/link", "link")
    with tarfile.open(fileobj=out, mode="w", format=rng.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)), errors="surrogateescape") as archive:
        for _ in range(rng.randrange(1, 9)):
            prefix = rng.choice(("src/", "src/", "src/", "src", "", outside))
            member = tarfile.TarInfo(prefix + rng.choice((*_NAMES, f"{outside}/kept")))
            member.type = rng.choice(_TYPES)
            member.linkname = rng.choice(links)
            member.mode = rng.choice((0o644, 0o4777, 0))
            if rng.random() < 0.2:
                member.pax_headers = {rng.choice(("path", "linkpath", "size", "GNU.sparse.name", "GNU.sparse.major", "GNU.sparse.map", "hdrcharset")):
                                      rng.choice((f"{outside}/kept", "src/../../outside/kept", "99999", "-1", "src/a", "1,2,3", "BINARY"))}  # fmt: skip
            data = rng.randbytes(rng.choice((0, 3, 600))) if member.type in (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE) else b""
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    content = bytearray(out.getvalue())
    how = rng.random()
    if how < 0.15:
        return bytes(content[: rng.randrange(len(content))])
    if how < 0.35:
        for _ in range(rng.randrange(1, 20)):
            content[rng.randrange(min(len(content), 4096))] = rng.randrange(256)
    return bytes(content)


def _tree(folder: Path) -> dict[str, object]:
    """Return all that is in a folder, with contents, links and types."""
    found: dict[str, object] = {}
    for path in folder.rglob("*"):
        key = os.fsencode(path.relative_to(folder)).decode("latin-1")
        found[key] = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else path.lstat().st_mode
    return found


def _campaign(folder: Path, seeds: range) -> tuple[int, int]:
    """Unpack the archives of some seeds; return how many went well, and how many files came out of them."""
    good, files = 0, 0
    for seed in seeds:
        rng = random.Random(seed)
        place = folder / str(seed)
        outside, target = place / "outside", place / "in" / "target"
        outside.mkdir(parents=True)
        (place / "in").mkdir()
        (outside / "kept").write_bytes(_SECRET)
        if rng.random() < 0.5:  # there is something in the target already, also a link out of it
            target.mkdir()
            (target / "link").symlink_to(outside)
            os.link(outside / "kept", target / "a")
        before = _tree(place)
        told: list[str] = []
        try:
            _unpack(_archive(rng, str(outside)), target, told)
            good += 1
        except (KctlError, OSError) as error:
            assert str(error)
        after = _tree(place)
        assert {key: value for key, value in after.items() if not key.startswith("in/target")} == {
            key: value for key, value in before.items() if not key.startswith("in/target")}, seed  # fmt: skip
        made = {key: value for key, value in after.items() if key.startswith("in/target/") and key not in before}
        assert not [key for key in made if (place / key).is_symlink()], seed
        assert all("\x1b" not in line for line in told if line.startswith("warning")), seed
        files += len(made)
    return good, files


def test_hostile_archives_write_nothing_outside(tmp_path: Path) -> None:
    good, files = _campaign(tmp_path, range(400))
    assert good > 50
    assert files > 100


@pytest.mark.long
def test_5000_hostile_archives_write_nothing_outside(tmp_path: Path) -> None:
    assert _campaign(tmp_path, range(1000, 6000))[0] > 500


def _made(*members: tuple[str, bytes, str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind, link, data in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, link, len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _unpack(content: bytes, target: Path, told: list[str], prefix: str = "src") -> None:
    tarfiles.unpack(io.BytesIO(content), tarfiles.Target(str(target), prefix, lambda path, link: told.append(f"{path} -> {link}"), told.append))


def _unpacked(content: bytes, target: Path, prefix: str = "src") -> list[str]:
    told: list[str] = []
    _unpack(content, target, told, prefix)
    return told


def test_files_and_folders(tmp_path: Path) -> None:
    target = tmp_path / "t"
    content = _made(("src/", tarfile.DIRTYPE, "", b""), ("src/a", tarfile.REGTYPE, "", b"one"), ("src/b/c", tarfile.REGTYPE, "", b"two"),
                    ("src/empty", tarfile.DIRTYPE, "", b""), ("src/again", tarfile.LNKTYPE, "src/a", b""))  # fmt: skip
    assert _unpacked(content, target) == []
    assert (target / "a").read_bytes() == (target / "again").read_bytes() == b"one"
    assert (target / "b" / "c").read_bytes() == b"two"
    assert (target / "empty").is_dir()
    assert (target / "again").stat().st_nlink == 1


def test_one_file_under_another_name(tmp_path: Path) -> None:
    assert _unpacked(_made(("etc/hosts", tarfile.REGTYPE, "", b"x")), tmp_path / "mine", "etc/hosts") == []
    assert (tmp_path / "mine").read_bytes() == b"x"


def test_links_are_skipped_and_never_followed(tmp_path: Path) -> None:
    content = _made(("src/l", tarfile.SYMTYPE, str(tmp_path), b""), ("src/l/evil", tarfile.REGTYPE, "", b"x"))
    assert _unpacked(content, tmp_path / "t") == [f"{tmp_path}/t/l -> {tmp_path}"]
    assert (tmp_path / "t" / "l" / "evil").read_bytes() == b"x"  # l was not made a link
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t"]


def test_a_link_of_the_user_in_the_target_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "t" / "l").symlink_to(tmp_path / "other")
    with pytest.raises(KctlError, match=r"t/l: not a directory$"):
        _unpacked(_made(("src/l/x", tarfile.REGTYPE, "", b"x")), tmp_path / "t")
    assert list((tmp_path / "other").iterdir()) == []
    (tmp_path / "file").write_bytes(b"before")
    (tmp_path / "t" / "f").symlink_to(tmp_path / "file")
    assert _unpacked(_made(("src/f", tarfile.REGTYPE, "", b"after")), tmp_path / "t") == []
    assert (tmp_path / "file").read_bytes() == b"before"
    assert (tmp_path / "t" / "f").read_bytes() == b"after"


def test_what_leads_out_is_told(tmp_path: Path) -> None:
    content = _made(("src/../../evil", tarfile.REGTYPE, "", b"x"), ("src/dev", tarfile.CHRTYPE, "", b""))
    assert _unpacked(content, tmp_path / "t") == [
        f'warning: file "{tmp_path.parent}/evil" is outside target destination, skipping',
        f'warning: skipping "{tmp_path}/t/dev": it is neither a file nor a folder',
    ]
    with pytest.raises(KctlError, match="^tar contents corrupted$"):
        _unpacked(_made(("else", tarfile.REGTYPE, "", b"x")), tmp_path / "t")


@pytest.mark.parametrize(("content", "message"), [
    (_made(("src/a", tarfile.REGTYPE, "", b"x" * 5000))[:2000], "unexpected EOF"),
    (_made(("src/a", tarfile.REGTYPE, "", b"x"))[:300], "unexpected EOF"),
    (_made(("src/a", tarfile.REGTYPE, "", b"x"))[:1024] + b"nonsense" * 64, "archive/tar: invalid tar header"),
    (b"nonsense" * 64, "archive/tar: invalid tar header"),
])  # fmt: skip
def test_what_is_no_archive(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(KctlError, match=f"^{message}$"):
        _unpacked(content, tmp_path / "t")


def test_there_and_back(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "empty").mkdir()
    (source / "deep" / "er" / "file").write_bytes(os.urandom(100_000))
    (source / "a name [with] *").write_bytes(b"x")
    (source / "link").symlink_to("nowhere")
    os.link(source / "a name [with] *", source / "twin")
    out = io.BytesIO()
    tarfiles.pack(str(source), "src", out)
    assert _unpacked(out.getvalue(), tmp_path / "t") == [f"{tmp_path}/t/link -> nowhere"]
    expected = {key: value for key, value in _tree(source).items() if key != "link"}
    assert _tree(tmp_path / "t") == expected


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    (tmp_path / "target").symlink_to("/dev/full")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("src")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    with pytest.raises(KctlError) as caught:
        tarfiles.unpack(io.BytesIO(out.getvalue()), tarfiles.Target(str(tmp_path / "target"), "src", lambda *_: None, print))
    assert str(caught.value) == f"write {tmp_path / 'target'}: no space left on device"
