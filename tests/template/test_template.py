"""The template as a whole: its resources, parameters and outputs."""

import subprocess
import sys
from dataclasses import fields

import pytest

from contract import OUTCOME
from template.outputs import NoStages, StackOutputs, StageOutputs
from tests.template.reading import ROOT, TITLES, Json, of_type, ref


def test_data_outlives_the_stack_if_retain_data_is_true(template: Json, resources: Json) -> None:
    stateful = {
        "TransactionTable",
        "OutcomesTable",
        *("AuditBucket", "AuditBucketPolicy"),
        *(
            f"{title}{kind}"
            for title in TITLES
            for kind in ("DeadLetterQueue", "DeadLetterQueuePolicy", "LogGroup")
        ),
    }
    policies = {
        title: (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for title, resource in resources.items()
        if resource.keys() & {"DeletionPolicy", "UpdateReplacePolicy"}
    }
    deletion = {"Fn::If": ["RetainsData", "RetainExceptOnCreate", "Delete"]}
    replacement = {"Fn::If": ["RetainsData", "Retain", "Delete"]}
    assert policies == dict.fromkeys(stateful, (deletion, replacement))
    protected = resources["TransactionTable"]["Properties"]["DeletionProtectionEnabled"]
    assert protected == {"Fn::If": ["RetainsData", True, False]}
    assert template["Conditions"]["RetainsData"] == {"Fn::Equals": [ref("RetainData"), "true"]}
    assert template["Parameters"]["RetainData"]["Default"] == "false"


def test_email_is_sent_on_request_about_alarms_and_outcomes_that_need_attention(
    template: Json, resources: Json
) -> None:
    assert template["Conditions"]["HasAlertEmail"] == {
        "Fn::Not": [{"Fn::Equals": [ref("AlertEmail"), ""]}]
    }
    assert {
        title: (resources[title]["Condition"], properties.get("FilterPolicy"))
        for title, properties in of_type(resources, "AWS::SNS::Subscription").items()
    } == {
        "TransactionTopicEmail": ("HasAlertEmail", {"status": ["CONFLICT", "REJECTED", "FAILED"]}),
        "OperationsTopicEmail": ("HasAlertEmail", None),
    }


def test_every_store_is_encrypted_and_the_bucket_is_private(resources: Json) -> None:
    table, outcomes, bucket = (
        resources[title]["Properties"]
        for title in ("TransactionTable", "OutcomesTable", "AuditBucket")
    )
    # Encrypted by default with a key of AWS's own, whose use is free of charge.
    assert "SSESpecification" not in {*table, *outcomes}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert list(bucket["PublicAccessBlockConfiguration"].values()) == [True] * 4
    for queue in of_type(resources, "AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
    topics = of_type(resources, "AWS::SNS::Topic")
    assert topics["TransactionTopic"]["KmsMasterKeyId"] == "alias/aws/sns"
    # An alarm cannot publish to a topic with the managed key.
    assert "KmsMasterKeyId" not in topics["OperationsTopic"]


def test_outcomes_are_found_by_request_and_expire(resources: Json) -> None:
    table = resources["OutcomesTable"]["Properties"]
    assert table["KeySchema"] == [{"AttributeName": "requestId", "KeyType": "HASH"}]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}
    assert {"requestId", "expiresAt"} <= OUTCOME.keys()


def test_every_skipped_finding_of_the_security_scanner_has_a_reason(template: Json) -> None:
    skipped = [
        skip
        for resource in template["Resources"].values()
        if "Metadata" in resource
        for skip in resource["Metadata"]["checkov"]["skip"]
    ]
    assert all(skip["comment"] for skip in skipped)
    assert {skip["id"] for skip in skipped} == {
        *("CKV_AWS_18", "CKV_AWS_26", "CKV_AWS_27", "CKV_AWS_76", "CKV_AWS_117", "CKV_AWS_119"),
        *("CKV_AWS_28", "CKV_AWS_120", "CKV_AWS_158", "CKV_AWS_173"),
    }


def test_every_output_has_a_description(template: Json) -> None:
    assert all(output["Description"] for output in template["Outputs"].values())


STAGES = [
    StageOutputs("fraud-check", "fraud-check-dev", "fraud-check-dlq-dev"),
    StageOutputs("notifier", "notifier-dev", "notifier-dlq-dev"),
]


def some_outputs() -> StackOutputs[str]:
    plain = [item.name for item in fields(StackOutputs) if item.name != "stages"]
    return StackOutputs(**{name: f"the {name}" for name in plain}, stages=STAGES)


def described(outputs: StackOutputs[str]) -> list[dict[str, str]]:
    """Return the outputs as in DescribeStacks."""
    return [{"OutputKey": key, "OutputValue": value} for key, value in outputs.flat().items()]


def test_outputs_are_read_as_they_were_written() -> None:
    assert StackOutputs.read(described(some_outputs())) == some_outputs()


def test_each_stage_has_outputs_of_its_own_with_descriptions() -> None:
    outputs = some_outputs().described()
    assert outputs["FraudCheckQueueName"][1] == "Dead-letter queue of the stage fraud-check"
    flat = some_outputs().flat()
    assert {name: flat[name] for name in flat if name.startswith(("Stages", "Fraud"))} == {
        "Stages": "fraud-check,notifier",
        "FraudCheckFunctionName": "fraud-check-dev",
        "FraudCheckQueueName": "fraud-check-dlq-dev",
    }


def test_an_unknown_output_is_ignored() -> None:
    other = {"OutputKey": "Other", "OutputValue": "other"}
    assert StackOutputs.read([*described(some_outputs()), other]) == some_outputs()


def read_without(*names: str) -> None:
    listed = [item for item in described(some_outputs()) if item["OutputKey"] not in names]
    StackOutputs.read(listed)


@pytest.mark.parametrize("name", ["ApiUrl", "FraudCheckFunctionName", "NotifierQueueName"])
def test_names_an_output_that_is_missing(name: str) -> None:
    with pytest.raises(KeyError, match=rf"^'{name}'$"):
        read_without(name)


def test_an_older_stack_is_distinguished_from_a_foreign_one() -> None:
    with pytest.raises(NoStages):
        read_without("Stages")
    with pytest.raises(KeyError, match=r"^'ApiUrl'$"):
        read_without("Stages", "ApiUrl")


def test_outputs_are_read_without_troposphere() -> None:
    """Commands read the outputs, and troposphere is slow to import."""
    code = "import sys, template.outputs; print('troposphere' in sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert result.stdout == "False\n"
