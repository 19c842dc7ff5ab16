"""The skipped checks of the security scanner, each with a reason at its resource."""

from typing import Any

NO_CUSTOMER_KEY = (
    "Encrypted with an AWS managed key; a customer managed key would cost more than all other "
    "storage, and no separate permissions are needed"
)


def skip_checks(**reasons: str) -> dict[str, Any]:
    """Return metadata that skips checkov's checks for a resource, with the reasons.

    https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html
    """
    skipped = [{"id": check, "comment": reason} for check, reason in reasons.items()]
    return {"Metadata": {"checkov": {"skip": skipped}}}
