"""Gathers the stored data of a stack for an audit, page by page."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from ops.audit_body import proof
from ops.audit_store import AuditStore
from ops.entries import deleted_in, entry_of_item, transaction_id_in
from ops.evidence import dead_letters
from ops.foreign import Foreign
from ops.outcomes import FOREIGN, Outcome, outcome_pages, retention_of
from ops.pages import item_pages, version_pages
from ops.reconciliation import Entry
from ops.stack import Stack

type Show = Callable[[int, int], None]
"""A function that receives how many items and versions were read, and about how many there are."""


@dataclass(frozen=True)
class HeldRequests:
    """The requests in dead-letter messages.

    `undecided` counts those without an outcome. `unnotified` holds those whose outcome is not
    published. `by_stage` counts all messages.
    """

    undecided: Counter[str]
    unnotified: set[str]
    by_stage: dict[str, int]
    foreign: list[Foreign]

    def __or__(self, other: Self) -> "HeldRequests":
        return HeldRequests(
            self.undecided | other.undecided,
            self.unnotified | other.unnotified,
            {stage: max(count, other.by_stage[stage]) for stage, count in self.by_stage.items()},
            [*self.foreign, *other.foreign],
        )


def read_held(stack: Stack) -> HeldRequests:
    """Read the dead-letter messages of all stages."""
    held = HeldRequests(Counter(), set(), {stage.name: 0 for stage in stack.stages}, [])
    for dead_letter in dead_letters(stack):
        held.by_stage[dead_letter.stage] += 1
        if dead_letter.foreign:
            held.foreign.append(dead_letter.foreign)
        elif dead_letter.decided:
            held.unnotified.add(dead_letter.id)
        else:
            held.undecided[dead_letter.id] += 1
    return held


@dataclass
class Gathering:
    """What goes into the store, and what does not belong there.

    `oldest` is when the oldest outcome was stored, in ms since the epoch, as are the properties.
    """

    stack: Stack
    prefix: str
    store: AuditStore
    show: Show | None = None
    foreign: list[Foreign] = field(default_factory=list)
    held: HeldRequests = field(init=False)
    oldest: float = math.inf
    expired_before: float = 0
    read: int = 0
    expected: int = 0

    @property
    def outcomes_since(self) -> float:
        """The time from which on a record must have an outcome."""
        return max(self.oldest, self.expired_before)

    def gather(self) -> None:
        """Read all once, that is, each kind before what it depends on: outcomes, records, objects.

        Those are stored the other way round.
        """
        now, retention, outputs = time.time() * 1_000, retention_of(self.stack), self.stack.outputs
        self.oldest, self.expired_before = now, now - retention
        if self.show:
            transactions = self._size_of(outputs.table_name)
            self.expected = self._size_of(outputs.outcomes_table_name) + 2 * transactions
        for outcomes in outcome_pages(self.stack):
            self._add_outcomes(outcomes, retention)
        for items in item_pages(self.stack, outputs.table_name):
            self._add_records(items)
        for page in version_pages(self.stack, self.prefix):
            self._add_versions(page)
        self.held = read_held(self.stack)
        self.store.add_dead_letters({*self.held.undecided, *self.held.unnotified})
        self.store.index()

    def _size_of(self, table: str) -> int:
        """Return the number of items in a table as DynamoDB last counted them."""
        return self.stack.dynamodb.describe_table(TableName=table)["Table"]["ItemCount"]

    def _advance(self, count: int) -> None:
        self.read += count
        if self.show:
            self.show(self.read, max(self.read, self.expected))

    def _add_outcomes(self, outcomes: Sequence[Outcome], retention: int) -> None:
        # The timestamp of a duplicate is the record's, and the retention may have been another.
        stored = (
            max(one.timestamp, one.expires_at * 1_000 - retention)
            for one in outcomes
            if one.status != FOREIGN
        )
        self.oldest = min((self.oldest, *stored))
        own = [one for one in outcomes if one.transaction_id.startswith(self.prefix)]
        self.foreign += [
            Foreign("outcome", one.request_id, one.reason) for one in own if one.status == FOREIGN
        ]
        self.store.add_outcomes(own)
        self._advance(len(outcomes))

    def _add_records(self, items: Sequence[Mapping[str, Any]]) -> None:
        own = (item for item in items if item["transactionId"]["S"].startswith(self.prefix))
        self.store.add_records(self._entries(own))
        self._advance(len(items))

    def _entries(self, items: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
        for item in items:
            found = entry_of_item(item)
            if isinstance(found, Foreign):
                self.foreign.append(found)
            else:
                yield found

    def _add_versions(self, page: Mapping[str, Any]) -> None:
        versions = page.get("Versions", [])
        self.store.add_deleted(deleted_in(page))
        named = [(transaction_id_in(one["Key"]), one) for one in versions]
        self.store.add_misnamed(one["Key"] for name, one in named if name is None)
        self.store.add_versions(
            (name, proof(one.get("ETag", ""), one.get("Size", 0)))
            for name, one in named
            if name is not None
        )
        self._advance(len(versions))
