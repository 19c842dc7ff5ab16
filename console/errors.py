"""What a page says when something is wrong."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from requests import RequestException
from werkzeug.exceptions import HTTPException

from console.console import Console
from console.source import DEAD
from ops.stack import StackUnavailable

EXPIRED_CODES = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
EXPIRED = "The AWS session has expired. Sign in again; this page then comes back by itself."


def describe(console: Console, error: Exception) -> tuple[int, str]:
    """Return the HTTP status and the sentence for an error."""
    if _expired(error):
        console.renew()
        return 502, EXPIRED
    match error:
        case HTTPException():
            return error.code or 500, error.description or error.name
        case StackUnavailable():
            return 503, str(error)
        case ClientError() | BotoCoreError():
            return 502, f"AWS responded with an error: {error}"
        case RequestException():
            return 503, DEAD
        case _:
            name = type(error).__name__
            return 500, f"The console failed with {name}; its terminal shows where."


def _expired(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in EXPIRED_CODES
    return isinstance(error, NoCredentialsError | SSOError | TokenRetrievalError)
