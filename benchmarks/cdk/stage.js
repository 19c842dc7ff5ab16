// A function with its dead-letter queue, log group, role and destinations.
const path = require("node:path");
const { Duration, RemovalPolicy } = require("aws-cdk-lib");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const { LambdaDestination } = require("aws-cdk-lib/aws-lambda-destinations");
const logs = require("aws-cdk-lib/aws-logs");
const sqs = require("aws-cdk-lib/aws-sqs");

function addStage(stack, name, { suffix, onSuccess, onFailure, ...options }) {
  const title = name.replace(/^./, (first) => first.toUpperCase());
  const deadLetters = new sqs.Queue(stack, `${title}DeadLetterQueue`, {
    queueName: `${name}-dlq-${suffix}`,
    retentionPeriod: Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const logGroup = new logs.LogGroup(stack, `${title}LogGroup`, {
    logGroupName: `/aws/lambda/${name}-${suffix}`,
    retention: logs.RetentionDays.ONE_WEEK,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(stack, `${title}Role`, {
    roleName: `${name}-role-${suffix}`,
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
  });
  logGroup.grantWrite(role);
  const fn = new lambda.Function(stack, `${title}Function`, {
    functionName: `${name}-${suffix}`,
    code: lambda.Code.fromAsset(path.join(__dirname, "../../src"), {
      exclude: ["__pycache__"],
    }),
    handler: `${name}.${name}.lambda_handler`,
    runtime: lambda.Runtime.PYTHON_3_13,
    architecture: lambda.Architecture.ARM_64,
    memorySize: 512,
    timeout: Duration.seconds(60),
    role,
    logGroup,
    loggingFormat: lambda.LoggingFormat.JSON,
    tracing: lambda.Tracing.ACTIVE,
    deadLetterQueue: deadLetters,
    reservedConcurrentExecutions: 10,
    retryAttempts: 2,
    onSuccess: onSuccess && new LambdaDestination(onSuccess),
    onFailure: onFailure && new LambdaDestination(onFailure),
    ...options,
  });
  const hasDestinations = Boolean(onSuccess || onFailure);
  return { name, title, function: fn, deadLetters, logGroup, hasDestinations };
}

module.exports = { addStage };
