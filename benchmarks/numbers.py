"""How a measured number is written."""

import math

DIGITS = 3


def number(value: float) -> str:
    """Write three significant digits, without an exponent."""
    if not value:
        return "0"
    decimals = DIGITS - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{max(0, decimals)}f}"


def count(value: float) -> str:
    """Write a count as such, unless it is a mean."""
    return f"{value:g}"
