"""The validator's fast path: a valid transaction is accepted without a search for faults."""

import pytest

from ops.transaction import a_body
from validator import validator


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("USD", 100.5, "100.50"),
        ("JPY", 100, "100"),
        ("JPY", 999_999_999_999, "999999999999"),
        ("KWD", 999_999_999_998.875, "999999999998.875"),
        ("CLF", 0.0001, "0.0001"),
    ],
)
def test_a_valid_transaction_is_accepted_at_once(
    currency: str, amount: float, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validator, "MINOR_UNITS", {})  # the search would find every currency wrong
    assert validator.validate(a_body(currency=currency, amount=amount)) == text
