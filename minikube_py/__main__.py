"""The entry point: `kctl`, or `python -m minikube_py`."""

import sys


def main() -> int:
    """Run one command and return its exit code."""
    from minikube_py.cli import main as cli

    return cli.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
