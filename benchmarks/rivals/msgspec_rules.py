"""The rules of a transaction in msgspec."""

from enum import Enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from currencies import MINOR_UNITS

REFUSALS = (msgspec.ValidationError,)
Currency = Enum("Currency", {code: code for code in MINOR_UNITS})  # type: ignore[misc] # at run time


class Transaction(msgspec.Struct, forbid_unknown_fields=True):  # type: ignore[call-arg]
    """What a client sends."""

    transactionId: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
    amount: Annotated[float, Meta(ge=0.0001, le=999_999_999_999)]
    currency: Currency
    source: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}\Z")]


def validate(body: Any) -> str:  # noqa: ANN401 - it comes from outside
    """Return the amount with exactly the decimals of its currency, or raise."""
    transaction = msgspec.convert(body, Transaction)
    amount = transaction.amount
    text = f"{amount:.{MINOR_UNITS[transaction.currency.value]}f}"
    if float(text) != amount or len(text) > 16:
        raise msgspec.ValidationError("amount: has more decimals or digits than allowed")
    return text
