// The stack of template.yaml as a CDK app: table, bucket, topics, stages, API, alarms, dashboard.
const { App, CfnOutput, Duration, RemovalPolicy, Stack } = require("aws-cdk-lib");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const s3 = require("aws-cdk-lib/aws-s3");
const sns = require("aws-cdk-lib/aws-sns");
const subscriptions = require("aws-cdk-lib/aws-sns-subscriptions");
const { addAlarms } = require("./alarms");
const { addApi } = require("./api");
const { addDashboard } = require("./dashboard");
const { addStage } = require("./stage");

// The facts about a transaction: benchmarks/synth.py writes them from src/contract.py.
const written = process.env.TRANSACTION_CONTRACT;
if (!written) {
  throw new Error("TRANSACTION_CONTRACT is not set; run: python -m benchmarks run template");
}
const contract = JSON.parse(written);

class TransactionStack extends Stack {
  constructor(scope, id, { suffix, alertEmail, ...props }) {
    super(scope, id, props);

    const table = new dynamodb.Table(this, "TransactionTable", {
      tableName: `transactions-${suffix}`,
      partitionKey: { name: "transactionId", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "timestamp", type: dynamodb.AttributeType.NUMBER },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const bucket = new s3.Bucket(this, "AuditBucket", {
      bucketName: `audit-logs-${suffix}-${this.account}-${this.region}`,
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      lifecycleRules: [
        {
          id: "archive",
          transitions: [
            { storageClass: s3.StorageClass.GLACIER, transitionAfter: Duration.days(90) },
          ],
        },
      ],
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const topic = new sns.Topic(this, "TransactionTopic", {
      topicName: `transaction-events-${suffix}`,
    });
    topic.node.defaultChild.kmsMasterKeyId = "alias/aws/sns";
    topic.addSubscription(
      new subscriptions.EmailSubscription(alertEmail, {
        filterPolicy: {
          status: sns.SubscriptionFilter.stringFilter({
            allowlist: contract.needsAttention,
          }),
        },
      }),
    );

    const notifier = addStage(this, "Notifier", {
      suffix,
      description: "Publishes the outcome of a transaction",
      environment: { SNS_TOPIC_ARN: topic.topicArn },
      retryAttempts: 2,
    });
    topic.grantPublish(notifier.function);
    const processor = addStage(this, "Processor", {
      suffix,
      description: "Records a transaction exactly once",
      environment: {
        DYNAMODB_TABLE: table.tableName,
        S3_BUCKET: bucket.bucketName,
        ...contract.processorVariables,
      },
      retryAttempts: 2,
      onSuccess: notifier.function,
      onFailure: notifier.function,
    });
    table.grant(processor.function, "dynamodb:PutItem");
    bucket.grantRead(processor.function, "transactions/*");
    bucket.grantPut(processor.function, "transactions/*");
    const validator = addStage(this, "Validator", {
      suffix,
      description: "Accepts a transaction, or rejects it with the reason",
      environment: {},
      retryAttempts: 0,
      onSuccess: processor.function,
      onFailure: notifier.function,
    });

    const api = addApi(this, { suffix, contract, table, validator: validator.function });

    const operations = new sns.Topic(this, "OperationsTopic", {
      topicName: `operations-alarms-${suffix}`,
    });
    operations.addSubscription(new subscriptions.EmailSubscription(alertEmail));
    const monitored = { api, table, topic, stages: [validator, processor, notifier] };
    const alarms = addAlarms(this, { suffix, operations, ...monitored });
    addDashboard(this, { suffix, alarms, ...monitored });

    const outputs = {
      ApiUrl: api.url,
      ApiEndpoint: api.urlForPath("/transaction"),
      ApiId: api.restApiId,
      TableName: table.tableName,
      BucketName: bucket.bucketName,
      TopicArn: topic.topicArn,
      OperationsTopicArn: operations.topicArn,
    };
    for (const stage of [validator, processor, notifier]) {
      outputs[`${stage.name}FunctionName`] = stage.function.functionName;
      outputs[`${stage.name}QueueName`] = stage.deadLetters.queueName;
    }
    for (const [name, value] of Object.entries(outputs)) {
      new CfnOutput(this, name, { value });
    }
  }
}

new TransactionStack(new App(), "transactions-dev", {
  env: { account: "000000000000", region: "ap-southeast-1" },
  suffix: "dev",
  alertEmail: "alerts@example.com",
});
