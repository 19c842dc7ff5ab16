"""DynamoDB's numbers: what goes in as 100.50 comes back as 100.5.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from collections.abc import Callable
from decimal import Decimal

from local.engine.patching import Patch, Untyped


def trim_numbers(original: Callable[..., Untyped]) -> Callable[..., Untyped]:
    """Trim leading and trailing zeros of what is read; the engine gives it back as sent."""

    def forward_request(
        self: Untyped, context: Untyped, service_request: Untyped = None
    ) -> Untyped:
        answer = original(self, context, service_request)
        items = [*(answer.get("Items") or []), answer.get("Item"), answer.get("Attributes")]
        for item in filter(None, items):
            for value in item.values():
                if "N" in value:
                    value["N"] = trimmed(value["N"])
        return answer

    return forward_request


def trimmed(number: str) -> str:
    """Write a number without the zeros that change nothing."""
    digits = f"{Decimal(number):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


PATCHES = (
    Patch("localemu.services.dynamodb.provider:DynamoDBProvider.forward_request", trim_numbers),
)
