// What operations is notified of.
const { Duration } = require("aws-cdk-lib");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const { SnsAction } = require("aws-cdk-lib/aws-cloudwatch-actions");

const SUM = { period: Duration.minutes(1), statistic: "Sum" };
const MAXIMUM = { period: Duration.minutes(1), statistic: "Maximum" };
const SUSTAINED = { evaluationPeriods: 5, datapointsToAlarm: 3 };

function addAlarms(stack, { suffix, operations, api, tables, topic, stages }) {
  const alarms = [];
  const add = (of, name, metric, options = {}) => {
    const alarm = new cloudwatch.Alarm(stack, `${of}-${name}`, {
      alarmName: `${of}-${name}-${suffix}`,
      alarmDescription: `${of}-${suffix}: ${name}`,
      metric,
      threshold: 0,
      evaluationPeriods: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      ...options,
    });
    alarm.addAlarmAction(new SnsAction(operations));
    alarms.push(alarm);
  };

  add("transaction-api", "5XXError", api.metricServerError(SUM), SUSTAINED);
  add("transaction-api", "Latency", api.metricLatency({ period: Duration.minutes(1), statistic: "p99" }), {
    threshold: 1000,
    evaluateLowSampleCountPercentile: "ignore",
    ...SUSTAINED,
  });
  for (const { name, function: fn, deadLetters, hasDestinations } of stages) {
    add(name, "DeadLetters", deadLetters.metricApproximateNumberOfMessagesVisible(MAXIMUM));
    add(name, "DeadLetterErrors", fn.metric("DeadLetterErrors", SUM));
    add(name, "Throttles", fn.metricThrottles(SUM), { evaluationPeriods: 15 });
    add(name, "AsyncEventAge", fn.metric("AsyncEventAge", MAXIMUM), { threshold: 600000 });
    add(name, "Errors", fn.metricErrors(SUM), SUSTAINED);
    if (hasDestinations) {
      add(name, "DestinationDeliveryFailures", fn.metric("DestinationDeliveryFailures", SUM));
    }
  }
  for (const [of, table] of Object.entries(tables)) {
    for (const name of ["WriteThrottleEvents", "ReadThrottleEvents"]) {
      add(of, name, table.metric(name, SUM), SUSTAINED);
    }
  }
  const failed = topic.metricNumberOfNotificationsFailed(SUM);
  add("transaction-events", "NumberOfNotificationsFailed", failed);
  return alarms;
}

module.exports = { addAlarms };
