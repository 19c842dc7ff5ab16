"""Findings of the security scanner that stay, each with its reason next to its resource."""

from typing import Any

NO_CUSTOMER_KEY = (
    "Encrypted with a key that AWS manages; a customer key costs more than all else here at rest, "
    "and nothing needs its separate permissions"
)


def skip_checks(**reasons: str) -> dict[str, Any]:
    """State on a resource which of checkov's checks it does not follow, and why.

    https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
    """
    skipped = [{"id": check, "comment": reason} for check, reason in reasons.items()]
    return {"Metadata": {"checkov": {"skip": skipped}}}
