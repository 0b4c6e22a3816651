import pytest
from hypothesis import given
from hypothesis import strategies as st

from minikube_py.machinery import quantity


@pytest.mark.parametrize(
    ("text", "shown", "value", "milli"),
    [
        ("1000m", "1", 1, 1000),
        ("0.5", "500m", 1, 500),
        ("1024Ki", "1Mi", 2**20, 2**20 * 1000),
        ("1.5Gi", "1536Mi", 3 * 2**29, 3 * 2**29 * 1000),
        ("1e3", "1e3", 1000, 1_000_000),
        ("1000", "1k", 1000, 1_000_000),
        ("1E", "1E", 10**18, 10**21),
        ("1Ei", "1Ei", 2**60, 2**60 * 1000),
        ("-0.5", "-500m", -1, -500),
        ("0.1Ki", "102400m", 103, 102_400),
        ("512", "512", 512, 512_000),
        ("0Gi", "0", 0, 0),
        ("0.0000000001", "1n", 1, 1),
        (".5", "500m", 1, 500),
        ("8.Gi", "8Gi", 2**33, 2**33 * 1000),
        (2, "2", 2, 2000),
        (0.1, "100m", 1, 100),
        # ParseQuantity keeps the text of what counts as canonical to it.
        ("1.500", "1.500", 2, 1500),
        ("+5", "+5", 5, 5000),
    ],
)
def test_parse(text: str | float, shown: str, value: int, milli: int) -> None:
    amount = quantity.parse(text)
    assert (str(amount), amount.value(), amount.milli_value()) == (shown, value, milli)


@pytest.mark.parametrize("text", ["", "a", "1x", "1 ", "1.2.3", "1,5"])
def test_wrong_form(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        quantity.parse(text)
    assert str(caught.value) == r"quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


@pytest.mark.parametrize("text", ["1mm", "1e", "1Kii", "--1", "1i", "1e99999999"])
def test_wrong_suffix(text: str) -> None:
    with pytest.raises(ValueError, match="^unable to parse quantity's suffix$"):
        quantity.parse(text)


def test_arithmetic_keeps_the_format_of_the_first() -> None:
    assert str(quantity.parse("1Gi") + quantity.parse("1Mi")) == "1025Mi"
    assert str(quantity.parse("0") + quantity.parse("1Mi")) == "1Mi"
    assert str(quantity.parse("2") - quantity.parse("500m")) == "1500m"
    assert str(quantity.parse("250m") * 4) == "1"
    assert str(-quantity.parse("1Ki")) == "-1Ki"


def test_comparison_is_of_numbers() -> None:
    assert quantity.parse("1Ki") == quantity.parse("1024")
    assert quantity.parse("1Ki") > quantity.parse("1k")
    assert hash(quantity.parse("1000m")) == hash(quantity.parse(1))
    assert not quantity.parse("0")


@given(st.integers(min_value=-(10**15), max_value=10**15), st.sampled_from(["", "m", "k", "M", "Ki", "Mi", "Gi"]))
def test_canonical_text_means_the_same(number: int, suffix: str) -> None:
    amount = quantity.parse(f"{number}{suffix}")
    assert quantity.parse(str(amount)) == amount
    assert quantity.canonical(str(amount)) == str(amount)
