"""DynamoDB's number format: 100.50 is returned as 100.5.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from collections.abc import Callable
from decimal import Decimal

from local.engine.patching import Patch, Untyped


def trim_numbers(original: Callable[..., Untyped]) -> Callable[..., Untyped]:
    """Trim zeros of the numbers in a response; the engine returns them as sent."""

    def forward_request(
        self: Untyped, context: Untyped, service_request: Untyped = None
    ) -> Untyped:
        response = original(self, context, service_request)
        items = [*(response.get("Items") or []), response.get("Item"), response.get("Attributes")]
        for item in filter(None, items):
            for value in item.values():
                if "N" in value:
                    value["N"] = trimmed(value["N"])
        return response

    return forward_request


def trimmed(number: str) -> str:
    """Return the number without insignificant zeros."""
    digits = f"{Decimal(number):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


PATCHES = (
    Patch("localemu.services.dynamodb.provider:DynamoDBProvider.forward_request", trim_numbers),
)
