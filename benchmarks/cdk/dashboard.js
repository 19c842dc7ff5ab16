// One dashboard, and the count of outcomes that it shows.
const { Duration } = require("aws-cdk-lib");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const logs = require("aws-cdk-lib/aws-logs");

const OUTCOMES = ["PROCESSED", "DUPLICATE", "CONFLICT", "REJECTED", "FAILED"];
const TABLE_METRICS = [
  "ConsumedWriteCapacityUnits",
  "ConsumedReadCapacityUnits",
  "WriteThrottleEvents",
  "ReadThrottleEvents",
];
const OPTIONS = { period: Duration.minutes(1), statistic: "Sum" };
const OLDEST = { ...OPTIONS, statistic: "Maximum" };

function addDashboard(stack, { suffix, alarms, api, tables, topic, stages }) {
  const namespace = `TransactionPipeline/${suffix}`;
  stages.at(-1).logGroup.addMetricFilter("OutcomeMetricFilter", {
    filterName: `transaction-outcomes-${suffix}`,
    filterPattern: logs.FilterPattern.any(
      ...OUTCOMES.map((outcome) => logs.FilterPattern.stringValue("$.status", "=", outcome)),
    ),
    metricNamespace: namespace,
    metricName: "Transactions",
    metricValue: "1",
    unit: cloudwatch.Unit.COUNT,
    dimensions: { Status: "$.status" },
  });
  const outcomes = OUTCOMES.map(
    (Status) =>
      new cloudwatch.Metric({
        namespace,
        metricName: "Transactions",
        dimensionsMap: { Status },
        ...OPTIONS,
      }),
  );
  const graph = (title, left, stacked = false) =>
    new cloudwatch.GraphWidget({ title, left, stacked, width: 6, height: 6 });
  const functions = stages.map((stage) => stage.function);

  return new cloudwatch.Dashboard(stack, "Dashboard", {
    dashboardName: `transaction-pipeline-${suffix}`,
    widgets: [
      [new cloudwatch.AlarmStatusWidget({ title: "Alarms", alarms, width: 24, height: 4 })],
      [
        graph("API: requests", [api.metricCount(OPTIONS), api.metricClientError(OPTIONS)]),
        ...stages.map(({ name, function: fn }) =>
          graph(`${name}: executions`, [
            fn.metricInvocations(OPTIONS),
            fn.metricErrors(OPTIONS),
            fn.metricThrottles(OPTIONS),
          ]),
        ),
      ],
      [
        graph("API: latency, ms", [
          api.metricLatency({ ...OPTIONS, statistic: "p50" }),
          api.metricLatency({ ...OPTIONS, statistic: "p99" }),
        ]),
        ...stages.map(({ name, function: fn }) =>
          graph(`${name}: oldest event, ms`, [fn.metric("AsyncEventAge", OLDEST)]),
        ),
      ],
      [
        graph("Outcomes", outcomes, true),
        ...stages.map(({ name, function: fn, deadLetters, hasDestinations }) =>
          graph(`${name}: dead-letter messages`, [
            deadLetters.metricApproximateNumberOfMessagesVisible(OLDEST),
            fn.metric("DeadLetterErrors", OPTIONS),
            ...(hasDestinations ? [fn.metric("DestinationDeliveryFailures", OPTIONS)] : []),
          ]),
        ),
      ],
      [
        graph("API: failed", [api.metricServerError(OPTIONS)]),
        graph(
          "Functions: duration p99, ms",
          functions.map((fn) => fn.metricDuration({ ...OPTIONS, statistic: "p99" })),
        ),
        graph(
          "Tables: units",
          Object.values(tables).flatMap((table) =>
            TABLE_METRICS.map((name) => table.metric(name, OPTIONS)),
          ),
        ),
        graph("Topic: messages", [
          topic.metricNumberOfMessagesPublished(OPTIONS),
          topic.metricNumberOfNotificationsDelivered(OPTIONS),
          topic.metricNumberOfNotificationsFailed(OPTIONS),
        ]),
      ],
    ],
  });
}

module.exports = { addDashboard };
