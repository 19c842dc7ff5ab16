"""The permissions of the deployment role, as one document.

They exclude access to data and deletion of data stores. The tests compare them with the handlers in
CloudFormation's resource schemas:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from collections.abc import Sequence

from awacs.aws import Action, Allow, Condition, PolicyDocument, Statement, StringEquals
from troposphere import Sub

from template import policies

HERE = "${AWS::Region}:${AWS::AccountId}"
SUFFIX = "${EnvironmentSuffix}"
SAM_STACK = "aws-sam-cli-managed-default"
TRACING = "ops.apigateway.amazonaws.com"


def deploy_policy(stages: Sequence[str]) -> PolicyDocument:
    """Return what sam, preflight, and CloudFormation for sam may do, given the stages' names."""
    roles = [f"iam::${{AWS::AccountId}}:role/{name}-role-{SUFFIX}" for name in ("api", *stages)]
    functions = [f"lambda:{HERE}:function:{name}-{SUFFIX}" for name in stages]
    log_groups = [f"logs:{HERE}:log-group:/aws/lambda/{name}-{SUFFIX}" for name in stages]
    return policies.policy(
        [
            _allow(
                "DeployAndRepairStack",
                "cloudformation:ContinueUpdateRollback cloudformation:CreateChangeSet "
                "cloudformation:DeleteChangeSet cloudformation:DescribeChangeSet "
                "cloudformation:DescribeStackEvents cloudformation:DescribeStacks "
                "cloudformation:ExecuteChangeSet cloudformation:GetTemplate "
                "cloudformation:ListStackResources",
                f"cloudformation:{HERE}:stack/transaction-pipeline-{SUFFIX}/*",
            ),
            _allow(
                "TransformTemplate",
                "cloudformation:CreateChangeSet",
                "cloudformation:${AWS::Region}:aws:transform/LanguageExtensions",
                "cloudformation:${AWS::Region}:aws:transform/Serverless-2016-10-31",
            ),
            _allow(
                "FindArtifacts",
                "cloudformation:DescribeStacks",
                f"cloudformation:{HERE}:stack/{SAM_STACK}/*",
            ),
            _allow(
                "KeepArtifacts",
                "s3:GetObject s3:GetObjectVersion s3:PutObject",
                f"s3:::{SAM_STACK}-samclisourcebucket-*/*",
            ),
            # Most have no resource-level permissions. GetTemplateSummary of a file has no stack,
            # and DescribeAlarms returns composite alarms only to a caller that may read them all.
            _allow(
                "ReadAccount",
                "cloudformation:GetTemplateSummary cloudwatch:DescribeAlarms "
                "lambda:GetAccountSettings logs:DescribeIndexPolicies logs:DescribeLogGroups "
                "logs:DescribeResourcePolicies xray:GetSamplingRules",
            ),
            # These resources have IDs, and their ARNs do not contain names. CloudFormation tags
            # API, stage, key and usage plan.
            _allow(
                "ManageApi",
                "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT",
                *(
                    f"apigateway:${{AWS::Region}}::/{path}"
                    for collection in ("apikeys", "restapis", "usageplans")
                    for path in (collection, f"{collection}/*")
                ),
                "apigateway:${AWS::Region}::/tags/*",
            ),
            # The names of all alarms would exceed the size limit of a role's policies.
            _allow(
                "ManageMonitoring",
                "cloudwatch:DeleteAlarms cloudwatch:DeleteDashboards cloudwatch:GetDashboard "
                "cloudwatch:ListTagsForResource cloudwatch:PutDashboard "
                "cloudwatch:PutMetricAlarm cloudwatch:TagResource cloudwatch:UntagResource",
                f"cloudwatch:{HERE}:alarm:*-{SUFFIX}",
                f"cloudwatch::${{AWS::AccountId}}:dashboard/transaction-pipeline-{SUFFIX}",
            ),
            _allow(
                "ManageSampling",
                "xray:CreateSamplingRule xray:DeleteSamplingRule xray:ListTagsForResource "
                "xray:TagResource xray:UntagResource xray:UpdateSamplingRule",
                f"xray:{HERE}:sampling-rule/pipeline-{SUFFIX}",
            ),
            _allow(
                "ManageTables",
                "dynamodb:CreateTable dynamodb:DescribeContinuousBackups "
                "dynamodb:DescribeContributorInsights "
                "dynamodb:DescribeKinesisStreamingDestination dynamodb:DescribeTable "
                "dynamodb:DescribeTimeToLive dynamodb:GetResourcePolicy "
                "dynamodb:ListTagsOfResource dynamodb:TagResource dynamodb:UntagResource "
                "dynamodb:UpdateContinuousBackups dynamodb:UpdateTable dynamodb:UpdateTimeToLive",
                f"dynamodb:{HERE}:table/outcomes-{SUFFIX}",
                f"dynamodb:{HERE}:table/transactions-{SUFFIX}",
            ),
            _allow(
                "ManageBucket",
                "s3:CreateBucket s3:DeleteBucketPolicy s3:GetAccelerateConfiguration "
                "s3:GetAnalyticsConfiguration s3:GetBucketAbac s3:GetBucketAcl s3:GetBucketCORS "
                "s3:GetBucketLogging s3:GetBucketMetadataTableConfiguration "
                "s3:GetBucketNotification s3:GetBucketObjectLockConfiguration "
                "s3:GetBucketOwnershipControls s3:GetBucketPolicy s3:GetBucketPublicAccessBlock "
                "s3:GetBucketTagging s3:GetBucketVersioning s3:GetBucketWebsite "
                "s3:GetEncryptionConfiguration s3:GetIntelligentTieringConfiguration "
                "s3:GetInventoryConfiguration s3:GetLifecycleConfiguration "
                "s3:GetMetricsConfiguration s3:GetReplicationConfiguration s3:ListBucket "
                "s3:ListTagsForResource s3:PutBucketOwnershipControls s3:PutBucketPolicy "
                "s3:PutBucketPublicAccessBlock s3:PutBucketTagging s3:PutBucketVersioning "
                "s3:PutEncryptionConfiguration s3:PutLifecycleConfiguration s3:TagResource "
                "s3:UntagResource",
                f"s3:::audit-logs-{SUFFIX}-${{AWS::AccountId}}-${{AWS::Region}}",
            ),
            _allow(
                "ManageTopics",
                "sns:CreateTopic sns:DeleteTopic sns:GetDataProtectionPolicy "
                "sns:GetSubscriptionAttributes sns:GetTopicAttributes "
                "sns:ListSubscriptionsByTopic sns:ListTagsForResource "
                "sns:SetSubscriptionAttributes sns:SetTopicAttributes sns:Subscribe "
                "sns:TagResource sns:Unsubscribe sns:UntagResource",
                *(
                    f"sns:{HERE}:{name}-{SUFFIX}{subscription}"
                    for name in ("operations-alarms", "transaction-events")
                    for subscription in ("", ":*")
                ),
            ),
            _allow(
                "ManageQueues",
                "sqs:CreateQueue sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags "
                "sqs:SetQueueAttributes sqs:TagQueue sqs:UntagQueue",
                *(f"sqs:{HERE}:{name}-dlq-{SUFFIX}" for name in stages),
            ),
            _allow(
                "ManageLogs",
                "logs:CreateLogGroup logs:DeleteMetricFilter logs:DeleteRetentionPolicy "
                "logs:DescribeMetricFilters logs:GetDataProtectionPolicy "
                "logs:ListTagsForResource logs:PutMetricFilter logs:PutRetentionPolicy "
                "logs:TagResource logs:UntagResource",
                *_with_children(log_groups),
            ),
            _allow(
                "ManageFunctions",
                "lambda:AddPermission lambda:CreateFunction lambda:DeleteFunction "
                "lambda:DeleteFunctionConcurrency lambda:DeleteFunctionEventInvokeConfig "
                "lambda:GetFunction lambda:GetFunctionCodeSigningConfig "
                "lambda:GetFunctionConcurrency lambda:GetFunctionConfiguration "
                "lambda:GetFunctionEventInvokeConfig "
                "lambda:GetFunctionRecursionConfig lambda:GetFunctionScalingConfig "
                "lambda:GetPolicy lambda:GetRuntimeManagementConfig lambda:ListTags "
                "lambda:PutFunctionConcurrency lambda:PutFunctionEventInvokeConfig "
                "lambda:RemovePermission lambda:TagResource lambda:UntagResource "
                "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration "
                "lambda:UpdateFunctionEventInvokeConfig",
                *_with_children(functions),
            ),
            _allow(
                "ManageRoles",
                "iam:CreateRole iam:DeleteRole iam:DeleteRolePolicy iam:GetRole "
                "iam:GetRolePolicy iam:ListAttachedRolePolicies iam:ListRolePolicies "
                "iam:ListRoleTags iam:PutRolePolicy iam:TagRole iam:UntagRole "
                "iam:UpdateAssumeRolePolicy iam:UpdateRole iam:UpdateRoleDescription",
                *roles,
            ),
            _allow(
                "PassRoles",
                "iam:PassRole",
                *roles,
                equal={"iam:PassedToService": ["apigateway.amazonaws.com", "lambda.amazonaws.com"]},
            ),
            # The account's first API needs it:
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
            _allow(
                "LetApiGatewayTrace",
                "iam:CreateServiceLinkedRole",
                f"iam::${{AWS::AccountId}}:role/aws-service-role/{TRACING}/"
                "AWSServiceRoleForAPIGateway",
                equal={"iam:AWSServiceName": TRACING},
            ),
        ]
    )


def _with_children(arns: Sequence[str]) -> list[str]:
    """Return the ARNs and those of versions of functions, or of streams of log groups."""
    return [child for arn in arns for child in (arn, f"{arn}:*")]


def _allow(sid: str, actions: str, *arns: str, equal: dict[str, object] | None = None) -> Statement:
    """Return a statement; without ARNs, it is for actions on the account."""
    statement = Statement(
        Sid=sid,
        Effect=Allow,
        Action=[Action(*action.split(":")) for action in actions.split()],
        Resource=[Sub(f"arn:${{AWS::Partition}}:{arn}") for arn in arns] or ["*"],
    )
    if equal:
        statement.Condition = Condition(StringEquals(equal))
    return statement
