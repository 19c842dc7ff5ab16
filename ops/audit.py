"""Reconciles all that a stack has stored: joins first, then a second look at what they leave over.

An audit object that its ETag and size prove is never read.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from contract import is_well_formed
from ops.audit_gathering import Gathering, Show, read_held
from ops.audit_store import opened
from ops.entries import misnamed
from ops.evidence import count_in_flight
from ops.foreign import Foreign, problems
from ops.leftovers import Leftovers
from ops.outcomes import Outcome, outcomes_of
from ops.reconciliation import Accepted, Evidence, Reconciliation, reconcile
from ops.stack import Stack

PAUSE_SECONDS = 1.0


class Unsettled(Exception):
    """The stored data cannot be reconciled while dead-letter messages are in flight."""


@dataclass(frozen=True)
class Audit:
    """A reconciliation with the evidence of what was looked at singly, and counts of all data."""

    found: Reconciliation
    evidence: Evidence
    stored: Mapping[str, int]


@dataclass(frozen=True)
class Left:
    """What the joins leave over, to be looked at singly.

    `proven` counts the other accepted requests by their states. `unreadable` outcomes have request
    IDs that nobody can look up.
    """

    transaction_ids: Collection[str]
    request_ids: Collection[str]
    accepted: Collection[Accepted] = ()
    proven: Mapping[str, int] = field(default_factory=dict)
    unreadable: Collection[Outcome] = ()

    def among(self, found: Reconciliation, evidence: Evidence) -> "Left":
        """Return what has a discrepancy."""
        wrong = found.discrepancies
        accepted = [one for one in self.accepted if one.request_id in wrong]
        outcomes = [evidence.outcomes[name] for name in found.unsupported]
        named = {one.content.transaction_id for one in accepted}
        named |= {one.transaction_id for one in outcomes}
        return replace(
            self,
            transaction_ids=named | found.inconsistent.keys(),
            request_ids=wrong.keys(),
            accepted=accepted,
        )


def audit(
    stack: Stack, prefix: str = "", accepted: Iterable[Accepted] = (), show: Show | None = None
) -> Audit:
    """Reconcile accepted requests, and the transactions whose IDs start with `prefix`.

    Raises Unsettled while dead-letter messages are in flight: any of them could be relevant.
    """
    with opened() as store:
        store.add_accepted(accepted)
        if in_flight := count_in_flight(stack):
            raise Unsettled(f"{in_flight} dead-letter messages are in flight; retry in a minute.")
        gathering = Gathering(stack, prefix, store, show)
        gathering.gather()
        left = _joined(gathering)
        found, evidence = _judged(gathering, left)
        if found.discrepancies or found.inconsistent:
            # A transaction may have been between two stages.
            time.sleep(PAUSE_SECONDS)
            again, evidence = _judged(
                gathering, left.among(found, evidence), read_messages_again=True
            )
            found = replace(again, states={**found.states, **again.states})
        return Audit(replace(found, proven=left.proven), evidence, store.counts())


def _joined(gathering: Gathering) -> Left:
    """Return what the joins leave over."""
    stack, store, since = gathering.stack, gathering.store, gathering.outcomes_since
    # Some outcomes were stored while the records were read.
    lacking = {request_id for _, request_id in store.without_outcome(since)}
    store.add_outcomes(outcomes_of(stack, lacking).values())
    unsupported = store.unsupported()
    named = {transaction_id for transaction_id, _ in store.without_outcome(since)}
    suspects = store.suspects(named | {one.transaction_id for one in unsupported})
    proven, others = store.states()
    return Left(
        transaction_ids={*suspects, *(one.content.transaction_id for one in others)},
        request_ids={
            *(one.request_id for one in unsupported),
            *(one.request_id for one in others),
        },
        accepted=others,
        proven=proven,
        unreadable=[one for one in unsupported if not is_well_formed("requestId", one.request_id)],
    )


def _judged(
    gathering: Gathering, left: Left, *, read_messages_again: bool = False
) -> tuple[Reconciliation, Evidence]:
    """Look at what is left, and then at the dead-letter messages; return the verdict."""
    leftovers = Leftovers(gathering.stack, {one.request_id: one for one in left.unreadable})
    leftovers.look_at(left.transaction_ids, left.request_ids)
    if read_messages_again:
        gathering.held |= read_held(gathering.stack)
    found = leftovers.transactions
    gathering.foreign += chain.from_iterable(one.foreign for one in found.values())
    claims = {name: one.claims[0] for name, one in found.items() if one.claims}
    evidence = Evidence(
        records={name: one.records for name, one in found.items() if one.records},
        audits={name: one.audits for name, one in found.items() if one.audits},
        archived={*claims},
        owners={name: claim.owner for name, claim in claims.items()},
        altered={name for name, claim in claims.items() if claim.altered},
        outcomes=leftovers.outcomes,
        dead_letters=gathering.held.undecided,
        unnotified=gathering.held.unnotified,
        by_stage=gathering.held.by_stage,
        foreign=_foreign(gathering),
        outcomes_since=gathering.outcomes_since,
        expired_before=gathering.expired_before,
    )
    return reconcile(left.accepted, evidence), evidence


def _foreign(gathering: Gathering) -> tuple[Foreign, ...]:
    """Return all foreign data, each once."""
    # A foreign message holds no transaction ID that could start with the prefix.
    messages = [] if gathering.prefix else gathering.held.foreign
    objects = map(misnamed, gathering.store.misnamed())
    return tuple(dict.fromkeys([*gathering.foreign, *objects, *messages]))


def report(audited: Audit) -> dict[str, Any]:
    """Return an audit as JSON."""
    found, evidence = audited.found, audited.evidence
    return {
        "reconciled": found.reconciled,
        "stored": {
            **audited.stored,
            "archived": len(evidence.archived),
            "deadLetters": sum(evidence.dead_letters.values()),
            "unnotified": len(evidence.unnotified),
        },
        "deadLetters": evidence.by_stage,
        "requests": found.counts(),
        "discrepancies": found.discrepancies,
        "inconsistent": found.inconsistent,
        "foreign": problems(found.foreign),
    }
