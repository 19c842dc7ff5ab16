"""The summary of changes for reviewers, with replaced resources."""

import subprocess
from copy import deepcopy
from pathlib import Path

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from ops.changes import MADE_BY_SAM, REGION, Change, changes, markdown
from tests.template.reading import ROOT, Json, read


@pytest.fixture(scope="module")
def committed() -> Json:
    return read(ROOT / "template.yaml")


@pytest.fixture
def changed(committed: Json) -> Json:
    return deepcopy(committed)


def change_of(name: str, base: Json, head: Json) -> Change:
    (found,) = (change for change in changes(base, head) if change.name == name)
    return found


def test_equal_templates_have_no_changes(committed: Json) -> None:
    assert changes(committed, committed) == []
    assert markdown("template.yaml", []) == "## template.yaml\n\nNo change.\n"


def test_lists_added_and_removed_resources(committed: Json, changed: Json) -> None:
    changed["Resources"]["NewTopic"] = {"Type": "AWS::SNS::Topic"}
    del changed["Outputs"]["TopicArn"]
    assert changes(committed, changed) == [
        Change("Resources", "NewTopic", "AWS::SNS::Topic", "added"),
        Change("Outputs", "TopicArn", "", "removed"),
    ]
    assert changes(changed, committed) == [
        Change("Resources", "NewTopic", "AWS::SNS::Topic", "removed"),
        Change("Outputs", "TopicArn", "", "added"),
    ]


def test_lists_old_and_new_values(committed: Json, changed: Json) -> None:
    function = changed["Resources"]["ValidatorFunction"]["Properties"]
    function["MemorySize"] = 1024
    function["Environment"]["Variables"]["NEW"] = "yes"
    del function["Description"]
    (change,) = changes(committed, changed)
    description = "Accepts a transaction, or rejects it with the reason"
    assert (change.name, change.kind, change.verb) == (
        "ValidatorFunction",
        "AWS::Serverless::Function",
        "changed",
    )
    assert {*change.details} == {
        "`Properties.MemorySize`: `512` → `1024`",
        "`Properties.Environment.Variables.NEW`: nothing → `yes`",
        f"`Properties.Description`: `{description}` → nothing",
    }


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("TransactionTable", "TableName", "other"),
        ("AuditBucket", "BucketName", {"Fn::Sub": "other"}),
        ("ValidatorFunction", "FunctionName", "other"),
        ("ValidatorDeadLetterQueue", "QueueName", "other"),
    ],
)
def test_a_new_name_replaces_the_resource(
    committed: Json, changed: Json, name: str, key: str, value: object
) -> None:
    changed["Resources"][name]["Properties"][key] = value
    assert change_of(name, committed, changed).verb == "replaced"


RENAME = "the deployment fails unless `Properties.{}` changes too"
KEYS = [{"AttributeName": "transactionId", "KeyType": "HASH"}]
NUMBERS = [
    {"AttributeName": "transactionId", "AttributeType": "S"},
    {"AttributeName": "timestamp", "AttributeType": "S"},
]


@pytest.mark.parametrize(
    ("name", "properties", "note"),
    [
        ("TransactionTable", {"KeySchema": KEYS}, RENAME.format("TableName")),
        ("TransactionTable", {"KeySchema": KEYS, "TableName": "other"}, None),
        ("TransactionTable", {"AttributeDefinitions": NUMBERS}, RENAME.format("TableName")),
        ("TransactionTable", {"LocalSecondaryIndexes": []}, RENAME.format("TableName")),
        (
            "TransactionTable",
            {"ImportSourceSpecification": {"InputFormat": "ION"}},
            RENAME.format("TableName"),
        ),
        ("ValidatorFunction", {"PackageType": "Image"}, RENAME.format("FunctionName")),
        (
            "ValidatorFunction",
            {"DurableConfig": {"ExecutionTimeout": 60}},
            RENAME.format("FunctionName"),
        ),
        ("ValidatorRole", {"Path": "/other/"}, RENAME.format("RoleName")),
        ("TransactionTopic", {"FifoTopic": True}, RENAME.format("TopicName")),
        ("ValidatorDeadLetterQueue", {"FifoQueue": True}, RENAME.format("QueueName")),
        ("TransactionApi", {"StageName": "live"}, None),
        ("TransactionApiKey", {"Value": "x" * 20}, RENAME.format("Name")),
        ("TransactionTopicEmail", {"Region": "eu-west-1"}, None),
    ],
)
def test_what_cannot_be_changed_in_place_replaces_the_resource(
    committed: Json, changed: Json, name: str, properties: Json, note: str | None
) -> None:
    changed["Resources"][name]["Properties"].update(properties)
    change = change_of(name, committed, changed)
    assert change.verb == "replaced"
    assert change.details[len(properties) :] == ((note,) if note else ())


def test_a_resource_is_replaced_with_the_one_that_a_fixed_property_refers_to(
    committed: Json, changed: Json
) -> None:
    changed["Resources"]["TransactionTopic"]["Properties"]["TopicName"] = "other"
    email = changed["Resources"]["TransactionTopicEmail"]["Properties"]
    email["FilterPolicyScope"] = "MessageBody"
    changed["Resources"]["TransactionApiKey"]["Properties"]["Name"] = "other"

    found = {change.name: change for change in changes(committed, changed)}

    assert {name: change.verb for name, change in found.items()} == dict.fromkeys(
        [
            *("TransactionApiKey", "TransactionTopic"),
            *("TransactionTopicEmail", "TransactionUsagePlanKey"),
        ],
        "replaced",
    )
    assert found["TransactionTopicEmail"].details == (
        "`Properties.FilterPolicyScope`: nothing → `MessageBody`",
        "`Properties.TopicArn`: TransactionTopic is replaced",
    )
    assert found["TransactionUsagePlanKey"].details == (
        "`Properties.KeyId`: TransactionApiKey is replaced",
    )


def test_replacements_follow_each_other() -> None:
    base, head = (
        {
            "Resources": {
                "Second": {
                    "Type": "AWS::S3::BucketPolicy",
                    "Properties": {"Bucket": {"Ref": "First"}},
                },
                "First": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}},
                "Third": {
                    "Type": "AWS::SNS::Subscription",
                    "Properties": {"Endpoint": {"Fn::Sub": "${Second}"}},
                },
            }
        }
        for name in "ab"
    )
    assert [(change.name, change.verb) for change in changes(base, head)] == [
        ("First", "replaced"),
        ("Second", "replaced"),
        ("Third", "replaced"),
    ]


def test_a_resource_may_lose_its_properties() -> None:
    base = {"Resources": {"It": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "a"}}}}
    head = {"Resources": {"It": {"Type": "AWS::SNS::Topic"}}}
    assert [change.verb for change in changes(base, head)] == ["replaced"]


def test_each_fixed_property_of_each_type_replaces_its_resource(committed: Json) -> None:
    for kind in {resource["Type"] for resource in committed["Resources"].values()}:
        for made in MADE_BY_SAM.get(kind, (kind,)):
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, made).schema
            lists = [name for name in schema if name.lower().endswith("createonlyproperties")]
            for path in (path for name in lists for path in schema[name]):
                name = path.split("/")[2]
                base, head = (
                    {"Resources": {"It": {"Type": kind, "Properties": {name: value}}}}
                    for value in "ab"
                )
                (change,) = changes(base, head)
                assert change.verb == "replaced", (kind, path)


@pytest.mark.parametrize(
    ("name", "path", "value", "remedy"),
    [
        ("TransactionTopic", ["Type"], "AWS::SQS::Queue", "use another logical ID"),
        (
            "OutcomesTable",
            ["Properties", "TimeToLiveSpecification", "AttributeName"],
            "other",
            "remove the old attribute in an earlier deployment",
        ),
        (
            "ValidatorLogGroup",
            ["Properties", "LogGroupClass"],
            "INFREQUENT_ACCESS",
            "use another logical ID and name",
        ),
    ],
)
def test_a_change_that_a_service_refuses_is_impossible(
    committed: Json, changed: Json, name: str, path: list[str], value: str, remedy: str
) -> None:
    *parents, last = path
    parent = changed["Resources"][name]
    for key in parents:
        parent = parent[key]
    parent[last] = value
    (change,) = changes(committed, changed)
    assert (change.name, change.verb, change.details[1:]) == (name, "impossible", (remedy,))


@pytest.mark.parametrize("kind", ["AWS::No::Such", "Custom::Thing"])
def test_without_a_schema_a_change_is_not_a_replacement(kind: str) -> None:
    base, head = (
        {"Resources": {"It": {"Type": kind, "Properties": {"Name": name}}}} for name in "ab"
    )
    assert [change.verb for change in changes(base, head)] == ["changed"]


def test_an_update_in_place_is_not_a_replacement(committed: Json, changed: Json) -> None:
    table = changed["Resources"]["TransactionTable"]["Properties"]
    table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] = False
    table["AttributeDefinitions"] += [{"AttributeName": "source", "AttributeType": "S"}]
    changed["Parameters"]["AlertEmail"]["Default"] = "a@example.com"
    assert [(change.name, change.verb) for change in changes(committed, changed)] == [
        ("AlertEmail", "changed"),
        ("TransactionTable", "changed"),
    ]


def test_writes_a_markdown_table() -> None:
    found = [
        Change("Resources", "New", "AWS::SNS::Topic", "added"),
        Change("Resources", "Table", "AWS::DynamoDB::Table", "replaced", ("`a`: `1` → `2`", "`b`")),
        Change("Outputs", "Old", "", "removed"),
    ]
    assert markdown("template.yaml", found) == (
        "## template.yaml\n\n"
        "1 added, 1 removed, 1 replaced.\n\n"
        "| | what | kind | from → to |\n|---|---|---|---|\n"
        "| added | New | resource AWS::SNS::Topic |  |\n"
        "| **replaced** | Table | resource AWS::DynamoDB::Table | `a`: `1` → `2`<br>`b` |\n"
        "| **removed** | Old | output |  |\n"
    )


def test_a_value_cannot_break_the_table(committed: Json, changed: Json) -> None:
    changed["Resources"]["ValidatorFunction"]["Properties"]["Description"] = "a|b\n`c`" + "x" * 99
    (change,) = changes(committed, changed)
    assert change.details[0].endswith(rf"`a\|b 'c'{'x' * 52}…`")


def test_the_command_prints_the_summary(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    base.write_text(text.replace("Default: arm64", "Default: x86_64"), encoding="utf-8")
    printed = subprocess.run(
        ["pipeline", "changes", str(base), str(ROOT / "template.yaml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout.splitlines()[-1] == (
        "| changed | Architecture | parameter | `Default`: `x86_64` → `arm64` |"
    )
