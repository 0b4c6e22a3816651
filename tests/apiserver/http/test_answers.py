"""Parts of answers that need no server."""

from minikube_py.apiserver.http import answers


def test_warnings_come_once() -> None:
    assert answers.warning_headers(('a "b"', "", "c", 'a "b"')) == (("Warning", '299 - "a \\"b\\""'), ("Warning", '299 - "c"'))


def test_a_long_warning_alone_is_told_whole_up_to_the_limit() -> None:
    assert answers.warning_headers(("x" * 4096,)) == (("Warning", f'299 - "{"x" * 4096}"'),)
    assert answers.warning_headers(("x" * 4097,)) == (("Warning", f'299 - "{"x" * 256}"'),)


def test_too_many_warnings_are_cut_and_left_out() -> None:
    found = answers.warning_headers(tuple(f"{number:03}{'x' * 1000}" for number in range(100)))
    assert found == tuple(("Warning", f'299 - "{number:03}{"x" * 253}"') for number in range(16))
    assert len(answers.warning_headers(tuple(f"unknown field {number}" for number in range(200)))) == 80
