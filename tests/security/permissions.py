"""The permissions of the template, action by action, and their removal at run time."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import requests

from ops.stack import Stack
from tests.template.reading import ROOT, STAGES, read

type Json = dict[str, Any]

HOLDERS = (*STAGES, "api")
"""The owners of roles: the stages and the gateway."""


@dataclass(frozen=True)
class Grant:
    """An action that the role of a stage or of the gateway allows."""

    stage: str
    sid: str
    action: str

    def __str__(self) -> str:
        return f"{self.stage}-{self.sid}-{self.action}"


def grants() -> list[Grant]:
    """Return every action of every statement of every role in the template."""
    resources = read(ROOT / "template.yaml")["Resources"]
    return [
        Grant(stage, statement["Sid"], action)
        for stage in HOLDERS
        for policy in resources[f"{stage.capitalize()}Role"]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    ]


class Roles:
    """The roles of a deployed stack; on this engine, changes apply immediately."""

    def __init__(self, stack: Stack, suffix: str) -> None:
        self.client = boto3.client("iam", **stack.connection)
        self.denials_url = f"{stack.connection['endpoint_url']}/_local/denials"
        self.suffix = suffix

    def statements(self, stage: str) -> list[Json]:
        """Return the current statements."""
        policy: Any = self.client.get_role_policy(**self._names(stage))
        found: list[Json] = policy["PolicyDocument"]["Statement"]
        return found

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        """Remove one action of one statement for the duration of the block."""
        whole = self.statements(grant.stage)
        rest = copy.deepcopy(whole)
        for statement in rest:
            if statement["Sid"] == grant.sid:
                statement["Action"].remove(grant.action)
        self._put(grant.stage, [statement for statement in rest if statement["Action"]])
        try:
            yield
        finally:
            self._put(grant.stage, whole)

    def denied(self) -> set[tuple[str, str]]:
        """Return the stage and action of each denied call since the last reset."""
        return {
            (stage, denial["action"])
            for denial in requests.get(self.denials_url, timeout=10).json()
            for stage in HOLDERS
            if f":assumed-role/{stage}-role-{self.suffix}/" in denial["principal"]
        }

    def reset(self) -> None:
        """Reset the denied calls."""
        requests.delete(self.denials_url, timeout=10).raise_for_status()

    def _names(self, stage: str) -> Any:
        return {
            "RoleName": f"{stage}-role-{self.suffix}",
            "PolicyName": f"{stage}-policy-{self.suffix}",
        }

    def _put(self, stage: str, statements: list[Json]) -> None:
        if not statements:  # a policy must not be empty
            self.client.delete_role_policy(**self._names(stage))
            return
        document = {"Version": "2012-10-17", "Statement": statements}
        self.client.put_role_policy(**self._names(stage), PolicyDocument=json.dumps(document))
