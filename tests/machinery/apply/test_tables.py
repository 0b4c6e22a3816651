"""The tables by kind: zero values and reset fields."""

from minikube_py.machinery import schemas
from minikube_py.machinery.apply import resetfields, zeros


def test_every_zero_value_fits_its_structure() -> None:
    for name, zero in zeros.ZEROS.items():
        api_version, _, kind = name.rpartition("/")
        schema = schemas.for_kind(api_version, kind)
        assert schema is not None, name
        _fits(zero, schema, name)


def _fits(value: object, schema: schemas.Schema, path: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            child = schema.child(key)
            assert child is not None, f"{path}.{key}"
            _fits(item, child, f"{path}.{key}")


def test_custom_kinds_start_from_nothing() -> None:
    assert zeros.of("example.com/v1", "Widget") == {}
    assert zeros.of("v1", "Pod") == {"spec": {"containers": None}, "status": {}}


def test_reset_fields() -> None:
    pod, secret = schemas.for_kind("v1", "Pod"), schemas.for_kind("v1", "Secret")
    assert resetfields.of("v1", "Pod", "", pod) == {"f:status": {}}
    assert resetfields.of("v1", "Pod", "status", pod)["f:metadata"] == {"f:deletionTimestamp": {}, "f:ownerReferences": {}}
    assert resetfields.of("v1", "Secret", "", secret) == {}
    assert resetfields.of("v1", "Node", "status", schemas.for_kind("v1", "Node")) == {"f:spec": {}}
    assert resetfields.of("example.com/v1", "Widget", "status", None) == {"f:metadata": {}, "f:spec": {}}
