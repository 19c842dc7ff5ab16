"""The rules of a transaction in pydantic."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from currencies import MINOR_UNITS

REFUSALS = (ValidationError,)


class Transaction(BaseModel):
    """What a client sends."""

    model_config = ConfigDict(strict=True, extra="forbid")

    transactionId: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    amount: Annotated[float, Field(ge=0.0001, le=999_999_999_999)]
    currency: Literal[*MINOR_UNITS]  # type: ignore[valid-type] # known at run time
    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$")]

    @property
    def text(self) -> str:
        """The amount with the decimals of its currency."""
        return f"{self.amount:.{MINOR_UNITS[self.currency]}f}"

    @model_validator(mode="after")
    def amount_fits_the_currency(self) -> Self:
        """Refuse more decimals than the currency has, and more digits than a double carries."""
        if float(self.text) != self.amount or len(self.text) > 16:
            raise ValueError("amount: has more decimals or digits than its currency allows")
        return self


def validate(body: Any) -> str:  # noqa: ANN401 - it comes from outside
    """Return the amount with exactly the decimals of its currency, or raise."""
    return Transaction.model_validate(body).text
