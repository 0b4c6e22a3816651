"""Queries and DeleteOptions as the options of requests."""

import pytest

from minikube_py.apiserver.http import query
from minikube_py.machinery import errors


def test_options_have_types() -> None:
    asked = {"limit": "500", "labelSelector": "a=b", "force": "true", "follow": "1", "previous": "false", "timestamps": "0", "gracePeriodSeconds": "-1",
             "dryRun": "All", "continue": "", "timeout": "32s", "index": "owner"}  # fmt: skip
    assert query.options(asked) == {"limit": 500, "labelSelector": "a=b", "force": True, "follow": True, "previous": False, "timestamps": False,
                                    "gracePeriodSeconds": -1, "dryRun": "All"}  # fmt: skip


@pytest.mark.parametrize("value", ["x", "1.5", "--1", "-", "٣", "1 "])
def test_numbers_that_are_none(value: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        query.options({"limit": value})
    assert caught.value.message == f'strconv.ParseInt: parsing "{value}": invalid syntax'


def test_numbers_that_are_too_large() -> None:
    with pytest.raises(errors.BadRequest) as caught:
        query.options({"limit": "9" * 5000})
    assert caught.value.message.endswith(": value out of range")


def test_times_that_are_none() -> None:
    with pytest.raises(errors.BadRequest) as caught:
        query.options({"sinceTime": "noon"})
    assert caught.value.message == 'parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"'
    assert query.options({"sinceTime": "2026-01-01T00:00:00Z"}) == {"sinceTime": "2026-01-01T00:00:00Z"}


def test_a_body_of_delete_counts_before_the_query() -> None:
    asked = {"gracePeriodSeconds": 5, "propagationPolicy": "Orphan", "labelSelector": "a=b"}
    body = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0, "preconditions": {"uid": "u"}, "dryRun": ["All"]}
    assert query.of_delete(None, asked) == asked
    assert query.of_delete(body, asked) == {"labelSelector": "a=b", "gracePeriodSeconds": 0, "preconditions": {"uid": "u"}, "dryRun": "All"}
    assert query.of_delete({"dryRun": ["All", "Some"]}, {}) == {"dryRun": "Some"}  # which is refused
    assert query.of_delete({"dryRun": []}, {}) == {"dryRun": None}


@pytest.mark.parametrize("body", [{"gracePeriodSeconds": "5"}, {"gracePeriodSeconds": True}, {"preconditions": []}, {"dryRun": "All"}, {"kind": "Pod"},
                                  [], [{}], 0, "x", True])  # fmt: skip
def test_bodies_of_delete_that_are_none(body: object) -> None:
    with pytest.raises(errors.BadRequest):
        query.of_delete(body, {})
