// The stack of template.yaml as a CDK app.
const { App } = require("aws-cdk-lib");
const { TransactionStack } = require("./stack");

new TransactionStack(new App(), "transactions-dev", {
  env: { account: "000000000000", region: "ap-southeast-1" },
  suffix: "dev",
  alertEmail: "alerts@example.com",
});
