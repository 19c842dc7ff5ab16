"""The storage: the tables of transactions and of outcomes, and the bucket of audit objects."""

from troposphere import GetAtt, If, Ref, Sub, Template, dynamodb, s3

from template import policies
from template.parameters import NO_CUSTOMER_KEY, RETAINS_DATA, named, removal, skip_checks
from template.settings import Settings


def add_table(template: Template) -> dynamodb.Table:
    """Add the table, with one item per transactionId, sorted by acceptance time."""
    return template.add_resource(
        dynamodb.Table(
            "TransactionTable",
            TableName=named("transactions"),
            AttributeDefinitions=[
                dynamodb.AttributeDefinition(AttributeName="transactionId", AttributeType="S"),
                dynamodb.AttributeDefinition(AttributeName="timestamp", AttributeType="N"),
            ],
            KeySchema=[
                dynamodb.KeySchema(AttributeName="transactionId", KeyType="HASH"),
                dynamodb.KeySchema(AttributeName="timestamp", KeyType="RANGE"),
            ],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=If(RETAINS_DATA, True, False),
            PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(
                PointInTimeRecoveryEnabled=True
            ),
            **removal(),
            **skip_checks(CKV_AWS_119=NO_CUSTOMER_KEY),
        )
    )


def add_outcomes_table(template: Template) -> dynamodb.Table:
    """Add the table of how each request ended, whose items expire."""
    return template.add_resource(
        dynamodb.Table(
            "OutcomesTable",
            TableName=named("outcomes"),
            AttributeDefinitions=[
                dynamodb.AttributeDefinition(AttributeName="requestId", AttributeType="S")
            ],
            KeySchema=[dynamodb.KeySchema(AttributeName="requestId", KeyType="HASH")],
            BillingMode="PAY_PER_REQUEST",
            TimeToLiveSpecification=dynamodb.TimeToLiveSpecification(
                AttributeName="expiresAt", Enabled=True
            ),
            **removal(),
            **skip_checks(
                CKV_AWS_28="An outcome expires; what it says of a transaction is recorded and "
                "published",
                CKV_AWS_119=NO_CUSTOMER_KEY,
            ),
        )
    )


def add_audit_bucket(template: Template, settings: Settings) -> s3.Bucket:
    """Add the bucket; the creator of transactions/{transactionId}.json owns the claim."""
    bucket = template.add_resource(
        s3.Bucket(
            "AuditBucket",
            # Bucket names are global: account and region make this name unique.
            BucketName=Sub("audit-logs-${EnvironmentSuffix}-${AWS::AccountId}-${AWS::Region}"),
            VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
            BucketEncryption=s3.BucketEncryption(
                ServerSideEncryptionConfiguration=[
                    s3.ServerSideEncryptionRule(
                        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(
                            SSEAlgorithm="AES256"
                        )
                    )
                ]
            ),
            LifecycleConfiguration=s3.LifecycleConfiguration(
                # S3 does not transition objects below 128 KB. A transition would cost $30 per
                # million objects, and storing them costs cents per month.
                # https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
                Rules=[
                    s3.LifecycleRule(
                        Id="archive",
                        Status="Enabled",
                        Transitions=[
                            s3.LifecycleRuleTransition(
                                StorageClass="GLACIER", TransitionInDays=settings.archive_after
                            )
                        ],
                    )
                ],
            ),
            PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
                BlockPublicAcls=True,
                BlockPublicPolicy=True,
                IgnorePublicAcls=True,
                RestrictPublicBuckets=True,
            ),
            OwnershipControls=s3.OwnershipControls(
                Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
            ),
            **removal(),
            **skip_checks(
                CKV_AWS_18="The bucket is itself a log, written by one role and versioned; "
                "CloudTrail's data events can show who reads it"
            ),
        )
    )
    everything = [GetAtt(bucket, "Arn"), Sub(f"${{{bucket.title}.Arn}}/*")]
    template.add_resource(
        s3.BucketPolicy(
            "AuditBucketPolicy",
            Bucket=Ref(bucket),
            PolicyDocument=policies.deny_plain_http("s3", everything),
            **removal(),
        )
    )
    return bucket
