"""Bodies of the real kubectl, recorded and live: decoded, they are what kubectl shows of the same object, fields in the same order."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from minikube_py.machinery import protobuf
from tests.machinery.protobuf import kubectlstub, record

RECORDED = json.loads(record.FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stub() -> Iterator[kubectlstub.Stub]:
    with kubectlstub.serving(record.routes(), record.echo) as server:
        yield server


def test_every_command_is_recorded() -> None:
    assert list(RECORDED) == [*record.CREATE, *record.REVIEWS]


@pytest.mark.parametrize("line", RECORDED)
def test_recorded_body(line: str) -> None:
    row = RECORDED[line]
    assert json.dumps(protobuf.decode(bytes.fromhex(row["hex"]))) == json.dumps(row["object"])


@pytest.mark.parametrize("version", ["1.32", "1.33"])
@pytest.mark.parametrize("line", [record.CREATE[1], record.CREATE[13]])
def test_live_body(stub: kubectlstub.Stub, tmp_path: Path, line: str, version: str) -> None:
    ran = record.body(stub, tmp_path, line, version)
    assert json.dumps(protobuf.decode(ran)) == json.dumps(record.shown(stub, tmp_path, line))


@pytest.mark.parametrize("name", ["full", "zero"])
def test_every_field_of_a_pod(stub: kubectlstub.Stub, tmp_path: Path, name: str) -> None:
    """kubectl reads a CronJob that has every field, full or of zero values, and sends its template on as protobuf."""
    line = f"create job copy --from=cronjob/{name}"
    decoded = protobuf.decode(record.body(stub, tmp_path, line))
    assert json.dumps(decoded) == json.dumps(record.shown(stub, tmp_path, line))
    assert "topologySpreadConstraints" in decoded["spec"]["template"]["spec"]
    if name == "full":
        volume = decoded["spec"]["template"]["spec"]["volumes"][0]
        assert volume["emptyDir"] == {"medium": "text ✓", "sizeLimit": "1500m"}
        assert volume["hostPath"] == {"path": "text ✓", "type": "text ✓"}
