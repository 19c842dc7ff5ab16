"""Print as Markdown what changed since a revision: python -m tests.versions REVISION."""

import sys

from local.launch import ROOT
from tests.versions import corpora
from tests.versions.comparison import compare, markdown
from tests.versions.version import UnknownVersion, checked_out, running


def main(revision: str) -> None:
    """Compare the functions of a revision with those in the working tree."""
    try:
        with checked_out(revision) as folder, running(folder) as base, running(ROOT) as head:
            found = compare(base, head, corpora.events(), corpora.workloads())
    except UnknownVersion as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    sys.stdout.write(markdown(revision, found))


if __name__ == "__main__":
    main(*sys.argv[1:])
