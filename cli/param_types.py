"""Click parameter types for exact decimal numbers; 1e6 is valid."""

from decimal import Decimal, InvalidOperation

import click


class DecimalRange(click.ParamType):
    """A decimal number within inclusive bounds."""

    name = "number"

    def __init__(self, low: str, high: str) -> None:
        self.low, self.high = Decimal(low), Decimal(high)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """Return the number, or fail with the bounds."""
        try:
            number = Decimal(str(value))
            within = self.low <= number <= self.high
        except InvalidOperation:
            within = False
        if not within:
            self.fail(
                f"{value!r} must be a number from {self.low:,f} to {self.high:,f}", param, ctx
            )
        return number


SHARE = DecimalRange("0", "1")
