"""The CDK app knows the same contract, is locked, and counts only while it is equivalent."""

import json
import re
from collections import Counter

import pytest

from benchmarks.benchmark import CannotMeasure
from benchmarks.synth import CDK, contract, kinds, require_the_same_resources
from contract import FIELDS, RECORD
from template.api_models import PATH, RECORD_PATH, REQUEST_PATH
from template.settings import Settings

QUEUE, TABLE, POLICY = "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::IAM::Policy"
ALARM, NAME = "AWS::CloudWatch::Alarm", "validator-Errors-${EnvironmentSuffix}"


def test_the_cdk_app_receives_every_field_and_lists_none_but_the_keys() -> None:
    given = json.loads(json.dumps(contract()))
    assert given["requestModel"]["properties"].keys() == FIELDS.keys()
    scripts = "".join(script.read_text(encoding="utf-8") for script in CDK.glob("*.js"))
    assert {name for name in RECORD if f'name: "{name}"' in scripts} == {
        "transactionId",
        "timestamp",
        "requestId",
    }
    assert "$input" not in scripts


def test_the_cdk_app_receives_every_operation_and_the_constant_variables() -> None:
    given = json.loads(json.dumps(contract()))
    assert {path: list(operations) for path, operations in given["paths"].items()} == {
        PATH: ["post"],
        RECORD_PATH: ["get"],
        REQUEST_PATH: ["get"],
    }
    assert given["variables"] == {
        "validator": {},
        "processor": {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"},
        "notifier": {"OUTCOME_RETENTION_DAYS": str(Settings().outcome_retention)},
    }


def test_the_lock_holds_hashes_and_no_address_to_download_from() -> None:
    packages = json.loads((CDK / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    own = packages.pop("")
    assert set(own["dependencies"]) == {"aws-cdk", "aws-cdk-lib", "constructs"}
    assert [name for name, locked in packages.items() if "resolved" in locked] == []
    assert [
        name
        for name, locked in packages.items()
        if not re.match("sha512-", locked.get("integrity", "")) and not locked.get("inBundle")
    ] == []


def test_alarms_count_by_name_and_others_by_what_sam_makes_of_them() -> None:
    ours = {
        "Alarm": {"Type": ALARM, "Properties": {"AlarmName": {"Fn::Sub": NAME}}},
        "Function": {"Type": "AWS::Serverless::Function", "Properties": {}},
    }
    cdk = {
        "Alarm1A2B": {"Type": ALARM, "Properties": {"AlarmName": "validator-Errors-dev"}},
        "Function1A2B": {"Type": "AWS::Lambda::Function"},
        "FunctionConfig1A2B": {"Type": "AWS::Lambda::EventInvokeConfig"},
    }
    assert kinds(ours) == kinds(cdk)
    assert kinds(cdk)["alarm validator-Errors-dev"] == 1


def test_another_number_of_resources_is_not_equivalent() -> None:
    ours = Counter({QUEUE: 3, TABLE: 1})
    require_the_same_resources(ours, Counter({QUEUE: 3, TABLE: 1, POLICY: 4}))
    with pytest.raises(CannotMeasure, match=r"AWS::SQS::Queue \(3, in cdk 2\)$"):
        require_the_same_resources(ours, Counter({QUEUE: 2, TABLE: 1}))
