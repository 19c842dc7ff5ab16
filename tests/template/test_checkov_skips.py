"""Every skipped finding of the security scanner has a reason."""

from tests.template.reading import TITLES, Json

ACCEPTED = {
    "AuditBucket": ["CKV_AWS_18"],
    "OperationsTopic": ["CKV_AWS_26"],
    "TransactionApi": ["CKV_AWS_76", "CKV_AWS_120"],
    "TransactionTable": ["CKV_AWS_119"],
    **{f"{title}DeadLetterQueue": ["CKV_AWS_27"] for title in TITLES},
    **{f"{title}Function": ["CKV_AWS_117", "CKV_AWS_173"] for title in TITLES},
    **{f"{title}LogGroup": ["CKV_AWS_158"] for title in TITLES},
}


def test_only_these_checks_are_skipped(template: Json) -> None:
    accepted = {
        title: resource["Metadata"]["checkov"]["skip"]
        for title, resource in template["Resources"].items()
        if "Metadata" in resource
    }
    assert {title: [one["id"] for one in skip] for title, skip in accepted.items()} == ACCEPTED
    assert all(one["comment"] for skip in accepted.values() for one in skip)
