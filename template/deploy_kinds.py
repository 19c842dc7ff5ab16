"""The IAM actions and ARNs that a deployment of each resource type needs.

They come from the handlers in CloudFormation's resource schemas. They exclude access to data,
deletion of data stores, and features that this project does not use.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """The name property of a resource type, its ARNs after the partition, and the actions."""

    name: str
    arns: tuple[str, ...]
    service: str
    actions: str


HERE = "${AWS::Region}:${AWS::AccountId}"
_TABLE = (f"dynamodb:{HERE}:table/{{name}}",)
_BUCKET = ("s3:::{name}",)
_FUNCTION = (f"lambda:{HERE}:function:{{name}}", f"lambda:{HERE}:function:{{name}}:*")
_LOG_GROUP = (f"logs:{HERE}:log-group:{{name}}", f"logs:{HERE}:log-group:{{name}}:*")
_TOPIC = (f"sns:{HERE}:{{name}}", f"sns:{HERE}:{{name}}:*")
_QUEUE = (f"sqs:{HERE}:{{name}}",)
# API Gateway's resources have IDs, and their ARNs do not contain names.
_API = ("apigateway:${AWS::Region}::/restapis", "apigateway:${AWS::Region}::/restapis/*")
_KEY = ("apigateway:${AWS::Region}::/apikeys", "apigateway:${AWS::Region}::/apikeys/*")
_PLAN = ("apigateway:${AWS::Region}::/usageplans", "apigateway:${AWS::Region}::/usageplans/*")
_METHODS = "DELETE GET PATCH POST PUT"
_TAGS = "ListTagsForResource TagResource UntagResource"

KINDS = {
    "AWS::ApiGateway::ApiKey": Kind("", _KEY, "apigateway", _METHODS),
    "AWS::ApiGateway::UsagePlan": Kind("", _PLAN, "apigateway", _METHODS),
    "AWS::ApiGateway::UsagePlanKey": Kind("", _PLAN, "apigateway", "DELETE GET POST"),
    # A wildcard: the names of all alarms would exceed the policy's size limit.
    "AWS::CloudWatch::Alarm": Kind(
        "",
        (f"cloudwatch:{HERE}:alarm:*-${{EnvironmentSuffix}}",),
        "cloudwatch",
        f"DeleteAlarms DescribeAlarms {_TAGS} PutMetricAlarm",
    ),
    "AWS::CloudWatch::Dashboard": Kind(
        "DashboardName",
        ("cloudwatch::${AWS::AccountId}:dashboard/{name}",),
        "cloudwatch",
        f"DeleteDashboards GetDashboard {_TAGS} PutDashboard",
    ),
    "AWS::DynamoDB::Table": Kind(
        "TableName",
        _TABLE,
        "dynamodb",
        "CreateTable DescribeContinuousBackups DescribeContributorInsights "
        "DescribeKinesisStreamingDestination DescribeTable DescribeTimeToLive GetResourcePolicy "
        "ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable "
        "UpdateTimeToLive",
    ),
    "AWS::IAM::Role": Kind(
        "RoleName",
        ("iam::${AWS::AccountId}:role/{name}",),
        "iam",
        "CreateRole DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies "
        "ListRolePolicies PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole "
        "UpdateRoleDescription",
    ),
    "AWS::Logs::LogGroup": Kind(
        "LogGroupName",
        _LOG_GROUP,
        "logs",
        "CreateLogGroup DeleteRetentionPolicy DescribeIndexPolicies GetDataProtectionPolicy "
        f"{_TAGS} PutRetentionPolicy",
    ),
    "AWS::Logs::MetricFilter": Kind(
        "LogGroupName",
        _LOG_GROUP,
        "logs",
        "DeleteMetricFilter DescribeMetricFilters PutMetricFilter",
    ),
    "AWS::S3::Bucket": Kind(
        "BucketName",
        _BUCKET,
        "s3",
        "CreateBucket GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac "
        "GetBucketAcl GetBucketCORS GetBucketLogging GetBucketMetadataTableConfiguration "
        "GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls "
        "GetBucketPublicAccessBlock GetBucketTagging GetBucketVersioning GetBucketWebsite "
        "GetEncryptionConfiguration GetIntelligentTieringConfiguration "
        "GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration "
        "GetReplicationConfiguration ListBucket ListTagsForResource PutBucketOwnershipControls "
        "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning "
        "PutEncryptionConfiguration PutLifecycleConfiguration TagResource UntagResource",
    ),
    "AWS::S3::BucketPolicy": Kind(
        "Bucket", _BUCKET, "s3", "DeleteBucketPolicy GetBucketPolicy PutBucketPolicy"
    ),
    "AWS::SNS::Subscription": Kind(
        "TopicArn",
        _TOPIC,
        "sns",
        "GetSubscriptionAttributes SetSubscriptionAttributes Subscribe Unsubscribe",
    ),
    "AWS::SNS::Topic": Kind(
        "TopicName",
        _TOPIC,
        "sns",
        "CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes "
        f"ListSubscriptionsByTopic {_TAGS} SetTopicAttributes",
    ),
    "AWS::SQS::Queue": Kind(
        "QueueName",
        _QUEUE,
        "sqs",
        "CreateQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue "
        "UntagQueue",
    ),
    "AWS::SQS::QueuePolicy": Kind("Queues", _QUEUE, "sqs", "SetQueueAttributes"),
    # SAM turns the function into a function, its permissions and its EventInvokeConfig.
    "AWS::Serverless::Function": Kind(
        "FunctionName",
        _FUNCTION,
        "lambda",
        "AddPermission CreateFunction DeleteFunction DeleteFunctionConcurrency "
        "DeleteFunctionEventInvokeConfig GetFunction GetFunctionCodeSigningConfig "
        "GetFunctionEventInvokeConfig GetFunctionRecursionConfig GetFunctionScalingConfig "
        "GetPolicy GetRuntimeManagementConfig PutFunctionConcurrency PutFunctionEventInvokeConfig "
        "RemovePermission TagResource UntagResource UpdateFunctionCode "
        "UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig",
    ),
    # The API, its deployments and its stage.
    "AWS::Serverless::Api": Kind("", _API, "apigateway", _METHODS),
}
