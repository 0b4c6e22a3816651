"""Whatever is read: a value or a YAMLError, soon, and nothing that JSON could not hold."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minikube_py.kits import jsonio, yaml

SEED = """apiVersion: v1
kind: List
items: &all
- {a: [1, 2.5, "x\\ty", 'it''s'], b: !!str 3, ? c : *none}
- &x
  key: |+
    text

  other: >-
    folded
    text
  <<: {m: ~}
- *x
- "http://x": [http://y, -.5e3, 0x1F, 2001-01-01]
---
{"json": [true, null, 1e5, "\\ud83d\\ude00"]}
"""
PIECES = (
    *"[]{}:,-?&*!|>'\"%@`#~\\\n\t \r\0\x85\ufeff\u2028", ": ", "- ", "---\n", "...\n", "<<: ", "*x", "&x ", "!!binary ", "!!int ", "!<",
    "%YAML 1.1\n", "\\u12", "\\xzz", "[a:b", "{a:b", "\ud800", "\U0001f600", "9" * 30, "1e999", "\n  ", "? ",
)  # fmt: skip


def read(source: str | bytes) -> int:
    """Read all; give back how many documents there were before the end or an error."""
    count = 0
    try:
        for document in yaml.load_all(source):
            json.loads(jsonio.go_json(document.value).encode("utf-8"))
            count += 1
    except yaml.YAMLError as error:
        assert str(error)
    return count


def mutated(seed: int) -> str:
    rng = random.Random(seed)
    text = SEED
    for _ in range(rng.randint(1, 8)):
        start = rng.randrange(len(text) + 1)
        text = text[:start] + rng.choice(PIECES) * rng.choice((1, 1, 1, 3)) + text[start + rng.choice((0, 0, 1, 5, 40)) :]
    return text


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_mutated_documents(seed: int) -> None:
    assert 0 <= read(mutated(seed)) <= 100


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    assert 0 <= read(data) <= 200


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_random_pieces(text: str) -> None:
    assert 0 <= read(text) <= 200


@pytest.mark.long
def test_twenty_thousand_mutations() -> None:
    for seed in range(20_000):
        assert 0 <= read(mutated(seed)) <= 100
