from typing import Any

import pytest

from minikube_py.machinery import quotausage


@pytest.mark.parametrize(
    ("asked", "allocated", "expected"),
    [
        ("1Gi", None, "1Gi"),
        ("1500m", None, "2"),  # quotas count whole bytes
        ("1Gi", "2Gi", "2Gi"),
        ("1Gi", "512Mi", "1Gi"),
        ("1", "2500m", "3"),
    ],
)
def test_a_claim_counts_what_it_takes(asked: str, allocated: str | None, expected: str) -> None:
    claim: dict[str, Any] = {"metadata": {}, "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": asked}}}}
    if allocated is not None:
        claim["status"] = {"allocatedResources": {"storage": allocated}}
    found = {name: str(amount) for name, amount in quotausage.usage("persistentvolumeclaims", claim).items()}
    assert found == {
        "count/persistentvolumeclaims": "1",
        "persistentvolumeclaims": "1",
        "requests.storage": expected,
        "fast.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
        "fast.storageclass.storage.k8s.io/requests.storage": expected,
    }
