"""The table and the bucket, and their removal with the stack."""

from template.settings import Settings
from tests.template.reading import RETENTION, TITLES, Json, deny_plain_http, get, named, ref, sub

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
            "DeletionProtectionEnabled": {"Fn::If": ["RetainsData", True, False]},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "SSESpecification": {"SSEEnabled": True},
        },
        **RETENTION,
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
        **RETENTION,
    }
    assert resources["AuditBucketPolicy"]["Properties"] == {
        "Bucket": ref("AuditBucket"),
        "PolicyDocument": deny_plain_http("s3:*", get("AuditBucket"), sub("${AuditBucket.Arn}/*")),
    }


def policies(resources: Json) -> Json:
    """Return the removal policies of the resources that have them."""
    return {
        title: (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
        for title, resource in resources.items()
        if resource.keys() & {"DeletionPolicy", "UpdateReplacePolicy"}
    }


def test_retain_data_decides_whether_data_outlives_the_stack(resources: Json) -> None:
    deletion = {"Fn::If": ["RetainsData", "RetainExceptOnCreate", "Delete"]}
    replacement = {"Fn::If": ["RetainsData", "Retain", "Delete"]}
    assert policies(resources) == dict.fromkeys(STATEFUL, (deletion, replacement))


def test_retain_data_protects_the_table(resources: Json) -> None:
    protected = resources["TransactionTable"]["Properties"]["DeletionProtectionEnabled"]
    assert protected == {"Fn::If": ["RetainsData", True, False]}


def test_data_is_deleted_with_the_stack_unless_retain_data_is_true(template: Json) -> None:
    assert template["Parameters"]["RetainData"]["Default"] == "false"
    assert template["Conditions"]["RetainsData"] == {"Fn::Equals": [{"Ref": "RetainData"}, "true"]}
