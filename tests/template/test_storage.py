"""What is kept: table and bucket, and what happens to them when the stack goes."""

from template.settings import Settings
from tests.template.reading import TITLES, Json, deny_plain_http, get, named, ref, sub

STATEFUL = {
    "TransactionTable",
    "AuditBucket",
    *(f"{title}DeadLetterQueue" for title in TITLES),
    *(f"{title}LogGroup" for title in TITLES),
}


def test_the_table_is_as_designed(resources: Json) -> None:
    assert resources["TransactionTable"] == {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": named("transactions"),
            "AttributeDefinitions": [
                {"AttributeName": "transactionId", "AttributeType": "S"},
                {"AttributeName": "timestamp", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "transactionId", "KeyType": "HASH"},
                {"AttributeName": "timestamp", "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": False,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True},
        },
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
    }


def test_the_bucket_is_as_designed(resources: Json) -> None:
    assert resources["AuditBucket"] == {
        "Type": "AWS::S3::Bucket",
        "Properties": {
            "BucketName": sub("audit-logs-${EnvironmentSuffix}-${AWS::AccountId}-${AWS::Region}"),
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "archive",
                        "Status": "Enabled",
                        "Transitions": [
                            {
                                "StorageClass": "GLACIER",
                                "TransitionInDays": Settings().archive_after,
                            }
                        ],
                    }
                ],
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        },
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
    }
    assert resources["AuditBucketPolicy"]["Properties"] == {
        "Bucket": ref("AuditBucket"),
        "PolicyDocument": deny_plain_http("s3:*", get("AuditBucket"), sub("${AuditBucket.Arn}/*")),
    }


def policies(resources: Json) -> Json:
    """Return what each resource that states it says about its removal."""
    return {
        title: (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for title, resource in resources.items()
        if resource.keys() & {"DeletionPolicy", "UpdateReplacePolicy"}
    }


def test_everything_can_be_destroyed_by_default(resources: Json) -> None:
    assert policies(resources) == dict.fromkeys(STATEFUL, ("Delete", "Delete"))


def test_prod_retains_its_data(prod_resources: Json) -> None:
    assert policies(prod_resources) == dict.fromkeys(STATEFUL, ("Retain", "Retain"))


def test_prod_protects_its_table(prod_resources: Json) -> None:
    assert prod_resources["TransactionTable"]["Properties"]["DeletionProtectionEnabled"] is True
