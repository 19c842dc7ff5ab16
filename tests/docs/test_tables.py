"""The tables match the template and the settings."""

from template.documents import folders, tables
from template.settings import Settings
from tests.docs.pipelines import arn, named, ref, resource, role, the_template


def test_parameters_have_their_allowed_values() -> None:
    template = {
        "Parameters": {
            "Suffix": {"Default": "dev", "ConstraintDescription": "a|b", "Description": "Ends."},
            "Kind": {"Default": "x", "AllowedValues": ["x", "y"], "Description": "Which."},
            "Url": {"Default": "", "Description": "Where."},
        }
    }
    assert tables.parameters(template) == (
        "| parameter | default | allowed values | description |\n"
        "| --- | --- | --- | --- |\n"
        "| `Suffix` | `dev` | a\\|b | Ends. |\n"
        "| `Kind` | `x` | `x` or `y` | Which. |\n"
        "| `Url` | empty | any text | Where. |"
    )


def test_outputs_have_descriptions() -> None:
    assert tables.outputs({"Outputs": {"Url": {"Description": "Where", "Value": "x"}}}) == (
        "| output | description |\n| --- | --- |\n| `Url` | Where |"
    )


def test_resources_have_names_and_purposes() -> None:
    template = {
        "Resources": {
            "Queue": resource("SQS::Queue", QueueName=named("dead")),
            "Alarm": resource("CloudWatch::Alarm", AlarmDescription=named("Look at it")),
            "New": resource("Some::Thing", Name={"Fn::Sub": "a-${AWS::Region}"}),
        }
    }
    assert tables.resources(template) == (
        "| resource | type | name | description |\n"
        "| --- | --- | --- | --- |\n"
        "| `Queue` | SQS::Queue | `dead-{EnvironmentSuffix}` "
        "| Dead-letter messages of the function |\n"
        "| `Alarm` | CloudWatch::Alarm |  | Look at it-{EnvironmentSuffix} |\n"
        "| `New` | Some::Thing | `a-{Region}` |  |"
    )


def test_every_resource_of_ours_has_a_purpose() -> None:
    rows = tables.resources(the_template()).splitlines()
    assert [row for row in rows if row.endswith("|  |")] == [], "add the type to tables.PURPOSES"


def test_folders_and_modules_have_summaries() -> None:
    assert "| `events/` | One real event for each hop, named after the hop. |" in folders.folders()
    what = "The operations on a deployed stack, local or on AWS."
    assert f"| `ops/` | {what} |" in folders.folders().splitlines()
    rows = folders.modules().splitlines()
    assert rows[2].startswith("| `build_template.py` | Writes template.yaml from template/; ")
    assert ("| `template/settings.py` | The numeric settings, with units and bounds. |") in rows
    assert [row for row in rows if row.endswith("|  |")] == [], "a module without a docstring"


def test_settings_have_units_and_bounds() -> None:
    lines = tables.settings(Settings(reserved_concurrency=10, memory=512)).splitlines()
    assert lines[:3] == [
        "| flag | default | unit | from | to | description |",
        "| --- | --- | --- | --- | --- | --- |",
        (
            "| `--reserved-concurrency` | `10` | executions | 1 | 100,000 or `none` | "
            "reserved for each function |"
        ),
    ]
    assert "| `--memory` | `512` | MB | 128 | 10,240 | memory of each function |" in lines


def test_a_reservation_can_default_to_none() -> None:
    row = tables.settings(Settings(reserved_concurrency=None)).splitlines()[2]
    assert row.startswith("| `--reserved-concurrency` | `none` | executions |")


def test_permissions_have_roles_actions_and_resources() -> None:
    grants = role(("s3:PutObject", {"Fn::Sub": "${Bucket.Arn}/a/*"}), ("sns:Publish", ref("Topic")))
    more = role(("dynamodb:Query", arn("Table")), ("xray:PutTraceSegments", "*"))
    template = {"Resources": {"WriterRole": grants, "ReaderRole": more}}
    assert tables.permissions(template) == (
        "| role | trusts | statement | actions | on |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `Writer` | lambda.amazonaws.com | Grant0 | `s3:PutObject` | `Bucket/a/*` |\n"
        "| `Writer` | lambda.amazonaws.com | Grant1 | `sns:Publish` | `Topic` |\n"
        "| `Reader` | lambda.amazonaws.com | Grant0 | `dynamodb:Query` | `Table` |\n"
        "| `Reader` | lambda.amazonaws.com | Grant1 | `xray:PutTraceSegments` | `*` |"
    )
