"""A body and what makes two the same: no field of it is forgotten."""

from decimal import Decimal

import pytest

from ops.transaction import Content, a_body


def test_the_content_of_a_body_is_all_of_it() -> None:
    assert Content.of(a_body()).fields() == a_body() | {"amount": "100.5"}


@pytest.mark.parametrize("name", a_body())
def test_another_value_of_any_field_makes_another_content(name: str) -> None:
    assert Content.of(a_body(**{name: "7"})) != Content.of(a_body())


def test_the_amount_is_the_same_however_it_is_written() -> None:
    assert Content.of(a_body(amount="100.50")) == Content.of(a_body(amount=Decimal("100.5")))
