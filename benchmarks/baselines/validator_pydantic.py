"""The validator with pydantic and nothing else."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model, model_validator

import contract
from logs import log

REJECTIONS = (ValidationError,)


def annotation(field: contract.Field) -> Any:  # noqa: ANN401 - a type that is known at run time
    """Return the type of a field for pydantic."""
    schema = field.schema
    if "enum" in schema:
        return Literal[*schema["enum"]]
    if schema["type"] == "integer":
        return int
    if schema["type"] == "number":
        return Annotated[float, Field(ge=schema["minimum"], le=schema["maximum"])]
    return Annotated[str, Field(pattern=f"^{field.pattern}$")]


class Rules(BaseModel):
    """The rules that one field alone cannot state."""

    model_config = ConfigDict(strict=True, extra="forbid")

    amount: float
    currency: str

    @property
    def text(self) -> str:
        """The amount with the decimals of its currency."""
        return f"{self.amount:.{contract.MINOR_UNITS[self.currency]}f}"

    @model_validator(mode="after")
    def amount_fits_the_currency(self) -> Self:
        """Reject more decimals than the currency has, and more digits than a double carries."""
        if float(self.text) != self.amount or len(self.text) > contract.AMOUNT_DIGITS + 1:
            raise ValueError("amount: has more decimals or digits than its currency allows")
        return self


Transaction = create_model(
    "Transaction",
    __base__=Rules,
    **{
        name: (annotation(field), ... if field.required else None)
        for name, field in contract.FIELDS.items()
    },
)
GatewayEvent = create_model(
    "GatewayEvent",
    transaction=(Transaction, ...),
    **{
        name: (annotation(field), Field(alias="receivedAt") if name == "timestamp" else ...)
        for name, field in contract.PROVENANCE.items()
    },
)


def validate(body: Any) -> str:  # noqa: ANN401 - it comes from outside
    """Return the amount with exactly the decimals of its currency, or raise."""
    return Transaction.model_validate(body).text


def accepted(event: BaseModel) -> dict[str, Any]:
    """Return what the validator returns for a valid event."""
    transaction = event.transaction.model_dump(exclude_unset=True)
    provenance = event.model_dump(exclude={"transaction"})
    return {**transaction, "amount": event.transaction.text, **provenance}


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001
    """Return the validated transaction of a gateway event, or raise ValidationError."""
    try:
        result = accepted(GatewayEvent.model_validate(event))
    except ValidationError as error:
        log("REJECTED", event, reason=str(error))
        raise
    log("VALIDATED", result)
    return result
