"""Every finding of the security scanner that is not mended is written down with its reason."""

from tests.template.reading import Json

ACCEPTED = {
    "AuditBucket": ["CKV_AWS_18"],
    "NotifierDeadLetterQueue": ["CKV_AWS_27"],
    "NotifierFunction": ["CKV_AWS_117", "CKV_AWS_173"],
    "NotifierLogGroup": ["CKV_AWS_158"],
    "OperationsTopic": ["CKV_AWS_26"],
    "ProcessorDeadLetterQueue": ["CKV_AWS_27"],
    "ProcessorFunction": ["CKV_AWS_117", "CKV_AWS_173"],
    "ProcessorLogGroup": ["CKV_AWS_158"],
    "TransactionApi": ["CKV_AWS_76", "CKV_AWS_120"],
    "TransactionTable": ["CKV_AWS_119"],
    "ValidatorDeadLetterQueue": ["CKV_AWS_27"],
    "ValidatorFunction": ["CKV_AWS_117", "CKV_AWS_173"],
    "ValidatorLogGroup": ["CKV_AWS_158"],
}


def test_these_findings_are_accepted_and_no_others(template: Json) -> None:
    accepted = {
        title: resource["Metadata"]["checkov"]["skip"]
        for title, resource in template["Resources"].items()
        if "Metadata" in resource
    }
    assert {title: [one["id"] for one in skip] for title, skip in accepted.items()} == ACCEPTED
    assert all(one["comment"] for skip in accepted.values() for one in skip)
