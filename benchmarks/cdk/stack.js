// The stack of template.yaml as a CDK app: tables, bucket, topics, stages, API, alarms, dashboard.
const { App, CfnOutput, Duration, RemovalPolicy, Stack } = require("aws-cdk-lib");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const s3 = require("aws-cdk-lib/aws-s3");
const sns = require("aws-cdk-lib/aws-sns");
const subscriptions = require("aws-cdk-lib/aws-sns-subscriptions");
const { addAlarms } = require("./alarms");
const { addApi } = require("./api");
const { addDashboard } = require("./dashboard");
const { addStage } = require("./stage");

// The facts about a transaction and the API: benchmarks/synth.py writes them.
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
    const outcomes = new dynamodb.Table(this, "OutcomesTable", {
      tableName: `outcomes-${suffix}`,
      partitionKey: { name: "requestId", type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "expiresAt",
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

    const notifier = addStage(this, "notifier", {
      suffix,
      description: "Stores and publishes the outcome of a transaction",
      environment: {
        OUTCOMES_TABLE: outcomes.tableName,
        SNS_TOPIC_ARN: topic.topicArn,
        ...contract.variables.notifier,
      },
    });
    outcomes.grant(notifier.function, "dynamodb:PutItem");
    topic.grantPublish(notifier.function);
    const processor = addStage(this, "processor", {
      suffix,
      description: "Records a transaction exactly once",
      environment: {
        DYNAMODB_TABLE: table.tableName,
        S3_BUCKET: bucket.bucketName,
        ...contract.variables.processor,
      },
      onSuccess: notifier.function,
      onFailure: notifier.function,
    });
    table.grant(processor.function, "dynamodb:PutItem");
    bucket.grantRead(processor.function, "transactions/*");
    bucket.grantPut(processor.function, "transactions/*");
    const validator = addStage(this, "validator", {
      suffix,
      description: "Accepts a transaction, or rejects it with the reason",
      environment: contract.variables.validator,
      onSuccess: processor.function,
      onFailure: notifier.function,
    });

    const { api, key, usagePlan } = addApi(this, {
      suffix,
      contract,
      validator: validator.function,
      tables: { TransactionTable: table, OutcomesTable: outcomes },
    });

    const operations = new sns.Topic(this, "OperationsTopic", {
      topicName: `operations-alarms-${suffix}`,
    });
    operations.addSubscription(new subscriptions.EmailSubscription(alertEmail));
    const monitored = {
      api,
      tables: { transactions: table, outcomes },
      topic,
      stages: [validator, processor, notifier],
    };
    const alarms = addAlarms(this, { suffix, operations, ...monitored });
    const dashboard = addDashboard(this, { suffix, alarms, ...monitored });

    const outputs = {
      ApiUrl: api.url,
      ApiEndpoint: api.urlForPath("/transaction"),
      ApiId: api.restApiId,
      ApiKeyId: key.keyId,
      UsagePlanId: usagePlan.usagePlanId,
      TableName: table.tableName,
      OutcomesTableName: outcomes.tableName,
      BucketName: bucket.bucketName,
      TopicArn: topic.topicArn,
      OperationsTopicArn: operations.topicArn,
      DashboardName: dashboard.dashboardName,
      Stages: monitored.stages.map(({ name }) => name).join(","),
    };
    for (const stage of monitored.stages) {
      outputs[`${stage.title}FunctionName`] = stage.function.functionName;
      outputs[`${stage.title}QueueName`] = stage.deadLetters.queueName;
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
