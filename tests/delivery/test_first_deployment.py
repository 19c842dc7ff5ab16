"""What a failed first deployment of prod leaves, and the names that make the next one fail."""

import re
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from cfn_lint_async_pipelines.template import references
from ops.changes import REGION
from ops.fixed_names import FIXED_NAMES, UNPROTECT
from ops.plan import Plan
from tests.delivery.test_deploy_role import explanation, resolved
from tests.template.reading import ROOT, TITLES, Json
from tests.template.test_sam import translated

NOT_TAKEN = {
    ("AWS::ApiGateway::ApiKey", "Name"): "keys have IDs, and two can have one name",
    ("AWS::ApiGateway::Stage", "StageName"): "the stage is in the stack's own API",
    ("AWS::Logs::MetricFilter", "FilterName"): "the filter is in the stack's own log group",
}
"""Fixed names that no resource outside the stack takes, with the reasons."""
STORES = {
    *("TransactionTable", "OutcomesTable", "AuditBucket"),
    *(f"{title}{kind}" for title in TITLES for kind in ("DeadLetterQueue", "LogGroup")),
}


@pytest.fixture(scope="module")
def prod() -> Json:
    """Return the resources that CloudFormation creates."""
    return translated()


def schema(kind: str) -> Json:
    found: Json = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return found


def of_prod(value: Any) -> Any:
    """Return a value as it is if RetainData is true."""
    match value:
        case {"Fn::If": ["RetainsData", yes, _]}:
            return yes
    return value


def survives_rollback(resource: Json, *, role: bool) -> bool:
    """Return whether CloudFormation cannot delete it, with the deployment role or as anyone.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    kind = resource["Type"]
    denied = any(
        explanation((kind, action, "*")) == "deletion of data is left to an administrator"
        for action in schema(kind)["handlers"]["delete"]["permissions"]
    )
    protected = of_prod(resource["Properties"].get("DeletionProtectionEnabled", False))
    retained = of_prod(resource.get("DeletionPolicy")) == "Retain"
    return retained or protected or (role and denied)


def needs(resources: Json, title: str) -> set[str]:
    """Return the resource and all that exist before its creation begins."""
    depends = resources[title].get("DependsOn", [])
    before = {*references(resources[title]), *([depends] if isinstance(depends, str) else depends)}
    return {title}.union(*(needs(resources, one) for one in before & resources.keys()))


def left(resources: Json, failed: str, *, role: bool) -> set[str]:
    """Return what may remain if the creation of one resource fails."""
    return {
        title
        for title, resource in resources.items()
        if survives_rollback(resource, role=role) and failed not in needs(resources, title)
    }


def test_a_failed_creation_leaves_the_protected_table_and_for_the_role_every_store(
    prod: Json,
) -> None:
    for failed in prod:
        assert left(prod, failed, role=False) == {"TransactionTable"} - {failed}
        assert left(prod, failed, role=True) == STORES - {failed}


def test_lambda_does_not_create_a_log_group_again_that_a_rollback_deleted(prod: Json) -> None:
    assert "logs:CreateLogGroup" not in str(prod)


def test_preflight_looks_up_every_name_that_a_resource_outside_the_stack_may_have(
    prod: Json,
) -> None:
    fixed = {
        (resource["Type"], name)
        for resource in resolved(prod).values()
        for path in schema(resource["Type"]).get("createOnlyProperties", [])
        for name in [path.removeprefix("/properties/")]
        if name.endswith("Name") and isinstance(resource["Properties"].get(name), str)
    }
    looked_up = {(kind, name.property) for kind, name in FIXED_NAMES.items()}
    assert fixed == looked_up | NOT_TAKEN.keys()
    assert not looked_up & NOT_TAKEN.keys()


def test_preflight_looks_up_the_names_of_all_resources_that_a_failed_creation_leaves(
    prod: Json,
) -> None:
    found = [*Plan.read(ROOT, "prod").names("0" * 12)]
    created = [
        (resource["Type"], resource["Properties"][FIXED_NAMES[resource["Type"]].property])
        for resource in resolved(prod).values()
        if resource["Type"] in FIXED_NAMES
    ]
    assert sorted(found) == sorted(created)
    assert {prod[title]["Type"] for title in STORES} == {
        kind for kind, name in FIXED_NAMES.items() if name.has_data
    }


@pytest.mark.parametrize("text", [UNPROTECT, *(name.command for name in FIXED_NAMES.values())])
def test_the_commands_that_free_a_name_are_operations_of_aws(text: str) -> None:
    session = botocore.session.get_session()
    commands = re.findall(r"aws (\w+) ([a-z-]+)( [a-z][a-z-]*)?([^&|]*)", text)
    assert commands
    for service, name, waiter, rest in commands:
        model: Any = session.get_service_model(service.removesuffix("api"))
        operations = {xform_name(one, "-"): one for one in model.operation_names}
        if name == "wait":
            waiters: Any = session.get_waiter_model(service)
            waits = {xform_name(one, "-"): one for one in waiters.waiter_names}
            operations["wait"] = waiters.get_waiter(waits[waiter.strip()]).operation
        shape = model.operation_model(operations[name]).input_shape
        given = {one.removeprefix("no-") for one in re.findall(r"--([a-z-]+)", rest)}
        assert given - {"region", "query", "output"} <= {
            xform_name(one, "-") for one in shape.members
        }
        assert {xform_name(one, "-") for one in shape.required_members} <= given
