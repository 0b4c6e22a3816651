"""Prints the figures: python -m tests.benchmarks [NAME ...] [--small]."""

import sys

from tests.benchmarks.cases import CASES, HEADER
from tests.benchmarks.figures import NotHere


def main(words: list[str]) -> int:
    """Run the named cases, or all."""
    small = "--small" in words
    names = [word for word in words if not word.startswith("-")] or list(CASES)
    print(HEADER)
    for name in names:
        try:
            for figure in CASES[name](small=small):
                print(figure, flush=True)
        except NotHere as reason:
            print(f"{name}: {reason}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
