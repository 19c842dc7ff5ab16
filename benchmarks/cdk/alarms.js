// What operations is notified of.
const { Duration } = require("aws-cdk-lib");
const cloudwatch = require("aws-cdk-lib/aws-cloudwatch");
const { SnsAction } = require("aws-cdk-lib/aws-cloudwatch-actions");

const SUM = { period: Duration.minutes(1), statistic: "Sum" };
const MAXIMUM = { period: Duration.minutes(1), statistic: "Maximum" };
const KEEPS_ON = { evaluationPeriods: 5, datapointsToAlarm: 3 };

function addAlarms(stack, { suffix, operations, api, table, topic, stages }) {
  const alarms = [];
  const add = (subject, name, metric, options = {}) => {
    const alarm = new cloudwatch.Alarm(stack, `${subject}${name}Alarm`, {
      alarmName: `${subject.toLowerCase()}-${name}-${suffix}`,
      alarmDescription: `${subject.toLowerCase()}-${suffix}: ${name}`,
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

  add("Api", "5XXError", api.metricServerError(SUM), KEEPS_ON);
  add("Api", "Latency", api.metricLatency({ period: Duration.minutes(1), statistic: "p99" }), {
    threshold: 1000,
    evaluateLowSampleCountPercentile: "ignore",
    ...KEEPS_ON,
  });
  for (const { name, function: fn, deadLetters, hasNext } of stages) {
    add(name, "DeadLetters", deadLetters.metricApproximateNumberOfMessagesVisible(MAXIMUM));
    add(name, "DeadLetterErrors", fn.metric("DeadLetterErrors", SUM));
    add(name, "Throttles", fn.metricThrottles(SUM), { evaluationPeriods: 15 });
    add(name, "AsyncEventAge", fn.metric("AsyncEventAge", MAXIMUM), { threshold: 600000 });
    if (hasNext) {
      add(name, "DestinationDeliveryFailures", fn.metric("DestinationDeliveryFailures", SUM));
    }
  }
  const [validator, ...others] = stages;
  add(validator.name, "ErrorRate", errorRate(validator.function), { threshold: 50 });
  for (const { name, function: fn } of others) {
    add(name, "Errors", fn.metricErrors(SUM), KEEPS_ON);
  }
  for (const name of ["WriteThrottleEvents", "ReadThrottleEvents"]) {
    add("Transactions", name, table.metric(name, SUM), KEEPS_ON);
  }
  add("Events", "NotificationsFailed", topic.metricNumberOfNotificationsFailed(SUM));
  return alarms;
}

function errorRate(fn) {
  const options = { period: Duration.minutes(5), statistic: "Sum" };
  return new cloudwatch.MathExpression({
    expression: "IF(whole >= 20, 100 * part / whole, 0)",
    label: "Errors, %",
    period: Duration.minutes(5),
    usingMetrics: { part: fn.metricErrors(options), whole: fn.metricInvocations(options) },
  });
}

module.exports = { addAlarms };
