"""The currencies of the contract are those that ISO 4217 lists today."""

from iso4217 import Currency

from contract import MINOR_UNITS


def test_holds_every_active_currency_with_a_minor_unit_and_no_other() -> None:
    assert {
        currency.code: currency.exponent for currency in Currency if currency.exponent is not None
    } == MINOR_UNITS
