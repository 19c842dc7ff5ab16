"""What cfn-lint loads of this folder: it runs each file whose name does not start with `_`."""

import sys
from pathlib import Path

# Run by path, a file belongs to no package; behind everything else, so that it hides nothing.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from lint._api_key_output import ApiKeyWithoutOutput
from lint._never_fires import NeverFires
from lint._request_validator import ValidatesNothing
from lint._reserved_concurrency import ReservedConcurrency
from lint._unreachable import Unreachable

__all__ = [
    "ApiKeyWithoutOutput",
    "NeverFires",
    "ReservedConcurrency",
    "Unreachable",
    "ValidatesNothing",
]
