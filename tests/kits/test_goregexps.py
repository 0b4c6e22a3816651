"""Patterns of Go mean in Python what they mean in Go; those that are none are refused in Go's words."""

import pytest

from minikube_py.kits import goregexps


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^a$", "a\n", None),  # Python's $ would stop before the line's end
        (r"(?m)^b$", "a\nb\nc", "b"),
        (r"a.c", "a\nc", None),
        (r"(?s)a.c", "a\nc", "a\nc"),
        (r"(?i)A|b(?-i)C", "bc", None),
        (r"(?i)A|b(?-i)C", "BC", "BC"),
        (r"(?i:A)b", "ab", "ab"),
        (r"x(?U)a+", "xaaa", "xa"),
        (r"x(?U)a+?", "xaaa", "xaaa"),
        (r"\d+", "٣4", "4"),  # digits of ASCII only
        (r"[^\d\s]", "1 x", "x"),
        (r"[\D]", "12a", "a"),
        (r"[[:alpha:]_]+", "1a_b", "a_b"),
        (r"[[:^alpha:]]", "a1", "1"),
        (r"[]a]+", "b]a", "]a"),
        (r"[^]a]", "]ab", "b"),
        (r"[a\-c-]+", "b-ca", "-ca"),
        (r"a{,2}", "aa{,2}", "a{,2}"),  # no repetition in Go
        (r"a{2,}", "aaa", "aaa"),
        (r"a{2}?", "aaa", "aa"),
        (r"\Qa.b\E+", "a.bb", "a.bb"),
        (r"\Q(", "(", "("),
        (r"\x41\x{1F600}\101\n", "A😀A\n", "A😀A\n"),
        (r"\pL\p{Lu}\P{L}", "aB1", "aB1"),
        (r"\p{^L}", "a1", "1"),
        (r"(?P<one>a)(?<one>b)", "ab", "ab"),
        (r"^*a", "a", "a"),
        (r"\Aa\z", "a", "a"),
        (r"\bé", "é", None),  # no word to Go
        (r"a|", "b", ""),
        (r"()", "b", ""),
        (r"(?)", "b", ""),
        (r"\-\_\.", "-_.", "-_."),
        (r"[^\x00-\x{10FFFF}]", "a", None),
    ],
)
def test_what_a_pattern_finds(pattern: str, text: str, found: str | None) -> None:
    match = goregexps.compiled(pattern).search(text)
    assert (match and match[0]) == found


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("[", "missing closing ]: `[`"),
        ("a[b-", "missing closing ]: `[b-`"),
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("(?i)*", "missing argument to repetition operator: `*`"),
        ("x*?+", "invalid nested repetition operator: `*?+`"),
        ("x{2}{3}", "invalid nested repetition operator: `{2}{3}`"),
        ("x{2,1}", "invalid repeat count: `{2,1}`"),
        ("((x{40}){40})", "invalid repeat count: `{40}`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
        (r"\pX", r"invalid character class range: `\pX`"),
        (r"\p{", r"invalid character class range: `\p{`"),
        (r"\q", r"invalid escape sequence: `\q`"),
        (r"\x{110000}", r"invalid escape sequence: `\x{110000`"),
        (r"\x4", r"invalid escape sequence: `\x4`"),
        ("a\\", "trailing backslash at end of expression: ``"),
        ("(?P<n-x>a)", "invalid named capture: `(?P<n-x>`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?--i)", "invalid or unsupported Perl syntax: `(?--`"),
    ],
)
def test_what_is_no_pattern(pattern: str, problem: str) -> None:
    with pytest.raises(goregexps.RegexpError) as raised:
        goregexps.compiled(pattern)
    assert str(raised.value) == f"error parsing regexp: {problem}"
