// A function with its dead-letter queue, log group, role and destinations.
const path = require("node:path");
const { Duration, RemovalPolicy } = require("aws-cdk-lib");
const iam = require("aws-cdk-lib/aws-iam");
const lambda = require("aws-cdk-lib/aws-lambda");
const { LambdaDestination } = require("aws-cdk-lib/aws-lambda-destinations");
const logs = require("aws-cdk-lib/aws-logs");
const sqs = require("aws-cdk-lib/aws-sqs");

function addStage(stack, name, { suffix, environment, onSuccess, onFailure, ...options }) {
  const folder = name.toLowerCase();
  const deadLetters = new sqs.Queue(stack, `${name}DeadLetterQueue`, {
    queueName: `${folder}-dlq-${suffix}`,
    retentionPeriod: Duration.days(14),
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const logGroup = new logs.LogGroup(stack, `${name}LogGroup`, {
    logGroupName: `/aws/lambda/${folder}-${suffix}`,
    retention: logs.RetentionDays.ONE_WEEK,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new iam.Role(stack, `${name}Role`, {
    roleName: `${folder}-role-${suffix}`,
    assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com"),
  });
  logGroup.grantWrite(role);
  const fn = new lambda.Function(stack, `${name}Function`, {
    functionName: `${folder}-${suffix}`,
    code: lambda.Code.fromAsset(path.join(__dirname, "../../src"), {
      exclude: ["__pycache__"],
    }),
    handler: `${folder}.${folder}.lambda_handler`,
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
    environment,
    onSuccess: onSuccess && new LambdaDestination(onSuccess),
    onFailure: onFailure && new LambdaDestination(onFailure),
    ...options,
  });
  return { name, function: fn, deadLetters, logGroup, hasNext: Boolean(onSuccess) };
}

module.exports = { addStage };
