"""The selection of dead-letter messages to redrive or to discard."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from ops.evidence import DeadLetter


@dataclass(frozen=True)
class Selection:
    """The messages with a matching error and one of the IDs, or any ID; at most `limit`."""

    only_error: re.Pattern[str] = re.compile("")
    ids: frozenset[str] = frozenset()
    limit: int | None = None

    def among(self, messages: Iterable[DeadLetter]) -> Iterator[DeadLetter]:
        """Yield the selected messages."""
        selected = (
            one
            for one in messages
            if self.only_error.search(one.error) and (not self.ids or one.id in self.ids)
        )
        return islice(selected, self.limit)


EVERYTHING = Selection()
