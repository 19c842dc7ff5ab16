"""What is deployed, and `.local/stack.json`, where everyone else reads it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from ops.stack import Connection


@dataclass(frozen=True)
class Credentials:
    """The operator's key; roles are the functions'."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True)
class LocalStack:
    """A stack on a local engine; `api_endpoint` is where its API answers on this machine."""

    endpoint_url: str
    region: str
    credentials: Credentials
    stack_name: str
    api_endpoint: str
    api_key: str
    outputs: dict[str, str]
    pid: int

    @property
    def connection(self) -> Connection:
        """How boto3 reaches the AWS that this stack is on."""
        return Connection(
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=self.credentials.access_key_id,
            aws_secret_access_key=self.credentials.secret_access_key,
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        values = json.loads(path.read_text())
        return cls(**{**values, "credentials": Credentials(**values["credentials"])})

    def save(self, path: Path) -> None:
        """Write all of it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")
