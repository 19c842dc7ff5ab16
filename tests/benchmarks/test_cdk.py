"""The CDK app knows the same currencies, is locked, and counts only while it is equivalent."""

import json
import re
from collections import Counter

import pytest
from currencies import MINOR_UNITS

from benchmarks.benchmark import CannotMeasure
from benchmarks.suite.synth import CDK, require_the_same_resources

QUEUE, TABLE, POLICY = "AWS::SQS::Queue", "AWS::DynamoDB::Table", "AWS::IAM::Policy"


def test_the_cdk_app_knows_the_same_currencies() -> None:
    currencies = json.loads((CDK / "currencies.json").read_text(encoding="utf-8"))
    assert currencies == sorted(MINOR_UNITS)


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


def test_another_number_of_resources_is_not_equivalent() -> None:
    ours = Counter({QUEUE: 3, TABLE: 1})
    require_the_same_resources(ours, Counter({QUEUE: 3, TABLE: 1, POLICY: 4}))
    with pytest.raises(CannotMeasure, match=r"AWS::SQS::Queue \(3, there 2\)$"):
        require_the_same_resources(ours, Counter({QUEUE: 2, TABLE: 1}))
