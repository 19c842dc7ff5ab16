"""The names that a template fixes and that no other resource may have, and how to look them up."""

from typing import NamedTuple

DEPLOYED_TYPES = {"AWS::Serverless::Function": "AWS::Lambda::Function"}


class FixedName(NamedTuple):
    """A property with a name, the call that looks the name up, and the command that frees it."""

    label: str
    property: str
    service: str
    operation: str
    argument: str
    command: str
    value: str = "{name}"
    listed: str = ""
    """The list in the response of a call that finds names by their prefix."""
    has_data: bool = False


FIXED_NAMES = {
    "AWS::DynamoDB::Table": FixedName(
        *("table", "TableName", "dynamodb", "describe_table", "TableName"),
        "aws dynamodb delete-table --table-name {name} --region {region}",
        has_data=True,
    ),
    # It deletes an empty bucket only.
    "AWS::S3::Bucket": FixedName(
        *("bucket", "BucketName", "s3", "head_bucket", "Bucket"),
        "aws s3api delete-bucket --bucket {name} --region {region}",
        has_data=True,
    ),
    "AWS::Logs::LogGroup": FixedName(
        *("log group", "LogGroupName", "logs", "describe_log_groups", "logGroupNamePrefix"),
        "aws logs delete-log-group --log-group-name {name} --region {region}",
        listed="logGroups",
        has_data=True,
    ),
    "AWS::SQS::Queue": FixedName(
        *("queue", "QueueName", "sqs", "get_queue_url", "QueueName"),
        "aws sqs delete-queue --queue-url {QueueUrl} --region {region}",
        has_data=True,
    ),
    "AWS::SNS::Topic": FixedName(
        *("topic", "TopicName", "sns", "get_topic_attributes", "TopicArn"),
        "aws sns delete-topic --topic-arn {Attributes[TopicArn]} --region {region}",
        value="arn:{partition}:sns:{region}:{account}:{name}",
    ),
    "AWS::IAM::Role": FixedName(
        *("role", "RoleName", "iam", "get_role", "RoleName"),
        "aws iam list-role-policies --role-name {name} --query PolicyNames --output text | "
        "xargs -n 1 aws iam delete-role-policy --role-name {name} --policy-name && "
        "aws iam delete-role --role-name {name}",
    ),
    "AWS::Lambda::Function": FixedName(
        *("function", "FunctionName", "lambda", "get_function_configuration", "FunctionName"),
        "aws lambda delete-function --function-name {name} --region {region}",
    ),
    "AWS::CloudWatch::Alarm": FixedName(
        *("alarm", "AlarmName", "cloudwatch", "describe_alarms", "AlarmNamePrefix"),
        "aws cloudwatch delete-alarms --alarm-names {name} --region {region}",
        listed="MetricAlarms",
    ),
    "AWS::CloudWatch::Dashboard": FixedName(
        *("dashboard", "DashboardName", "cloudwatch", "get_dashboard", "DashboardName"),
        "aws cloudwatch delete-dashboards --dashboard-names {name} --region {region}",
    ),
}
UNPROTECT = (
    "aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled "
    "--region {region} && aws dynamodb wait table-exists --table-name {name} --region {region}"
)
ABSENT = (
    "404",
    "AWS.SimpleQueueService.NonExistentQueue",
    "DashboardNotFoundError",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "QueueDoesNotExist",
    "ResourceNotFound",
    "ResourceNotFoundException",
)
"""The codes of a name that no resource has."""
