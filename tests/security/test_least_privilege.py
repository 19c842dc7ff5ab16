"""Every permission is necessary: without any one of them, the pipeline fails."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from ops.submission import submit
from tests.polling import eventually
from tests.security import case_counts
from tests.security.case_counts import ENFORCED, NOT_ENFORCED
from tests.security.permissions import HOLDERS, Grant, Roles, grants
from tests.security.scenario import Scenario, a_transaction
from tests.template.reading import STAGES

type Use = Callable[[Scenario, str], str]
type Sign = Callable[[Scenario, str, str], object]


@dataclass(frozen=True)
class Proof:
    """An action that uses a permission, and the evidence that it succeeded."""

    use: Use
    sign: Sign
    prepare: Callable[[Scenario, str], object] = lambda *_: None


def post(scenario: Scenario, _: str) -> str:
    return scenario.post()


def published(*statuses: str) -> Sign:
    return lambda scenario, _, request_id: scenario.status(request_id) in statuses


def is_read(scenario: Scenario, _: str, request_id: str) -> bool:
    return scenario.responses[request_id].ok


RECORDED = Proof(post, published("PROCESSED"))
PROOFS = {
    "WriteLogs logs:CreateLogStream": Proof(post, Scenario.log, Scenario.renew),
    "WriteLogs logs:PutLogEvents": Proof(post, Scenario.log),
    "SendDeadLetters sqs:SendMessage": Proof(Scenario.send, Scenario.dead_letter_error),
    "InvokeProcessor lambda:InvokeFunction": RECORDED,
    # The validator's failures, and the processor's outcomes.
    "InvokeNotifier lambda:InvokeFunction": Proof(
        lambda scenario, stage: scenario.send(stage) if stage == "validator" else scenario.post(),
        published("FAILED", "PROCESSED"),
    ),
    "ClaimAuditObjects s3:PutObject": RECORDED,
    "ClaimAuditObjects s3:GetObject": Proof(
        lambda scenario, _: scenario.post_again(), published("DUPLICATE")
    ),
    "RecordTransactions dynamodb:PutItem": RECORDED,
    "StoreOutcomes dynamodb:PutItem": RECORDED,
    "PublishNotifications sns:Publish": RECORDED,
    "ReadTransactions dynamodb:Query": Proof(lambda scenario, _: scenario.read(), is_read),
    "ReadOutcomes dynamodb:Query": Proof(lambda scenario, _: scenario.read_outcome(), is_read),
}

DENIED = (
    r"An error occurred \(AccessDenied\) when calling the {operation} operation: "
    r"User: \S+ is not authorized to perform: {action} on resource: \S+"
)
ERRORS = {
    "s3:PutObject": DENIED.format(operation="PutObject", action="s3:PutObject"),
    # A HEAD response has no body with details.
    "s3:GetObject": r"An error occurred \(403\) when calling the HeadObject operation: Forbidden",
    "dynamodb:PutItem": DENIED.format(operation="PutItem", action="dynamodb:PutItem"),
    "sns:Publish": DENIED.format(operation="Publish", action="sns:Publish"),
}
"""The error of a function by denied action; denied actions of Lambda itself cause none."""


def proof_of(grant: Grant) -> Proof:
    return PROOFS[f"{grant.sid} {grant.action}"]


def test_permissions_and_proofs_match() -> None:
    assert {f"{grant.sid} {grant.action}" for grant in ENFORCED} == PROOFS.keys()
    assert {(grant.stage, grant.action) for grant in grants()} - {
        (grant.stage, grant.action) for grant in ENFORCED
    } == {(stage, action) for stage in STAGES for action in NOT_ENFORCED}


def test_the_deployed_roles_are_those_of_the_template(roles: Roles) -> None:
    assert grants() == [
        Grant(stage, statement["Sid"], action)
        for stage in HOLDERS
        for statement in roles.statements(stage)
        for action in statement["Action"]
    ]


def test_the_scenario_passes_and_nothing_is_denied(scenario: Scenario, roles: Roles) -> None:
    roles.reset()
    used = [(proof_of(grant), grant.stage) for grant in ENFORCED]
    for sign, stage, request_id in [
        (proof.sign, stage, proof.use(scenario, stage)) for proof, stage in used
    ]:
        eventually(partial(sign, scenario, stage, request_id))
    assert roles.denied() == set()


@pytest.mark.parametrize("grant", ENFORCED, ids=str)
def test_without_this_permission_alone_the_scenario_fails_for_that_reason(
    grant: Grant, scenario: Scenario, roles: Roles
) -> None:
    proof = proof_of(grant)
    proof.prepare(scenario, grant.stage)
    roles.reset()
    with roles.without(grant):
        request_id = proof.use(scenario, grant.stage)
        eventually(roles.denied)
        if grant.action in ERRORS:
            error = eventually(lambda: scenario.dead_letter_error(grant.stage, request_id))
            assert re.fullmatch(ERRORS[grant.action], error or "")
    assert roles.denied() == {(grant.stage, grant.action)}
    assert not proof.sign(scenario, grant.stage, request_id)

    again = proof.use(scenario, grant.stage)

    eventually(lambda: proof.sign(scenario, grant.stage, again))
    assert roles.denied() == {(grant.stage, grant.action)}
    case_counts.count()


@pytest.mark.parametrize(
    ("sid", "read", "message"),
    [
        ("ReadTransactions", Scenario.read, "The record cannot be read; try again"),
        ("ReadOutcomes", Scenario.read_outcome, "The outcome cannot be read; try again"),
    ],
)
def test_a_reader_gets_503_when_the_gateway_may_not_read(
    sid: str, read: Callable[[Scenario], str], message: str, scenario: Scenario, roles: Roles
) -> None:
    scenario.recorded()
    with roles.without(Grant("api", sid, "dynamodb:Query")):
        request_id = read(scenario)
    rejected = scenario.responses[request_id]
    assert (rejected.status_code, rejected.json()) == (
        503,
        {"message": message, "requestId": request_id},
    )
    headers = ("Content-Type", "Cache-Control", "Retry-After")
    assert [rejected.headers[name] for name in headers] == ["application/json", "no-store", "1"]


def test_no_role_has_an_unnecessary_wildcard(roles: Roles) -> None:
    """X-Ray has no resources; the names of keys and streams are created at run time."""
    wide = {
        (statement["Sid"], resource)
        for stage in HOLDERS
        for statement in roles.statements(stage)
        for resource in [*statement["Resource"], *statement["Action"]]
        if "*" in resource
    }
    here = "ap-southeast-1:000000000000"
    assert wide == {
        ("SendTraces", "*"),
        (
            "ClaimAuditObjects",
            "arn:aws:s3:::audit-logs-security-000000000000-ap-southeast-1/transactions/*",
        ),
        *(
            ("WriteLogs", f"arn:aws:logs:{here}:log-group:/aws/lambda/{stage}-security:*")
            for stage in STAGES
        ),
    }


def test_without_the_permission_that_sam_adds_the_api_passes_nothing_on(
    scenario: Scenario,
) -> None:
    functions, name = scenario.stack.functions, scenario.function("validator")
    (statement,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    source = statement["Condition"]["ArnLike"]["AWS:SourceArn"]
    functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])
    try:
        rejected = submit(scenario.stack, a_transaction())
    finally:
        functions.add_permission(
            FunctionName=name,
            StatementId=statement["Sid"],
            Action=statement["Action"],
            Principal=statement["Principal"]["Service"],
            SourceArn=source,
        )
    assert (rejected.http_status, rejected.message) == (500, "The request failed; try again")
    assert source == (
        "arn:aws:execute-api:ap-southeast-1:000000000000:"
        f"{scenario.stack.outputs.api_id}/*/POST/transaction"
    )
    again = scenario.post()
    assert eventually(lambda: scenario.status(again)) == "PROCESSED"
    assert scenario.log("validator", rejected.request_id) == []
