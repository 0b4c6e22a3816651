"""python -m tests.kustomize record [NAME...]: let the real kubectl write what the cases make."""

import sys
import tempfile
from pathlib import Path

from tests.kustomize import corpus, oracle


def main() -> int:
    """Record cases anew."""
    if oracle.kubectl() is None:
        print("no kubectl with kustomize v5.6: set KUBECTL_ORACLE", file=sys.stderr)
        return 1
    for case in corpus.all_cases():
        if len(sys.argv) > 2 and case.name not in sys.argv[2:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            case.write(Path(folder))
            found = oracle.run(Path(folder), case.arguments)
        path = corpus.CASES / f"{case.name}.txt"
        path.write_text(corpus.recorded(case, found), encoding="utf-8", errors="surrogateescape")
    return 0


sys.exit(main())
