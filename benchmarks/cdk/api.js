// The REST API: request model, gateway responses, usage plan, key.
const fs = require("node:fs");
const path = require("node:path");
const apigateway = require("aws-cdk-lib/aws-apigateway");

const CURRENCIES = [
  ...fs
    .readFileSync(path.join(__dirname, "../../src/validator/currencies.py"), "utf8")
    .matchAll(/"([A-Z]{3})"/g),
].map((found) => found[1]);

const REFUSALS = {
  DEFAULT_4XX: [undefined, "The request cannot be served"],
  DEFAULT_5XX: [undefined, "The request failed; try again"],
  BAD_REQUEST_BODY: ["400", "The body does not fit the model"],
  INVALID_API_KEY: ["403", "The header x-api-key is missing or holds no valid key"],
  MISSING_AUTHENTICATION_TOKEN: ["404", "There is nothing here but POST /transaction"],
  RESOURCE_NOT_FOUND: ["404", "There is nothing here but POST /transaction"],
  REQUEST_TOO_LARGE: ["413", "The body is larger than 10 MB"],
  UNSUPPORTED_MEDIA_TYPE: ["415", "The Content-Type must be application/json"],
  THROTTLED: ["429", "Too many requests; try again"],
  QUOTA_EXCEEDED: ["429", "The quota of the day is used up"],
  INTEGRATION_FAILURE: ["504", "The transaction was not handed over; try again"],
  INTEGRATION_TIMEOUT: ["504", "The transaction may not have been handed over; try again"],
};

function addApi(stack, suffix, validator) {
  const api = new apigateway.RestApi(stack, "TransactionApi", {
    restApiName: `transaction-api-${suffix}`,
    endpointTypes: [apigateway.EndpointType.REGIONAL],
    deployOptions: { stageName: "prod", tracingEnabled: true },
    cloudWatchRole: false,
  });
  for (const [type, [statusCode, message]] of Object.entries(REFUSALS)) {
    api.addGatewayResponse(type, {
      type: apigateway.ResponseType[type] ?? apigateway.ResponseType.of(type),
      statusCode,
      templates: {
        "application/json": `{"message": "${message}", "requestId": "$context.requestId"}`,
      },
      responseHeaders: statusCode === "429" ? { "Retry-After": "'1'" } : undefined,
    });
  }
  const model = api.addModel("Transaction", {
    contentType: "application/json",
    schema: transactionSchema(),
  });
  const integration = new apigateway.LambdaIntegration(validator, {
    proxy: false,
    passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
    requestParameters: { "integration.request.header.X-Amz-Invocation-Type": "'Event'" },
    requestTemplates: {
      "application/json":
        '{"requestId": "$context.requestId", "receivedAt": $context.requestTimeEpoch, ' +
        '"apiKeyId": "$context.identity.apiKeyId", "transaction": $input.json(\'$\')}',
    },
    integrationResponses: [
      {
        statusCode: "202",
        responseTemplates: {
          "application/json": '{"requestId": "$context.requestId", "status": "ACCEPTED"}',
        },
      },
    ],
  });
  api.root.addResource("transaction").addMethod("POST", integration, {
    apiKeyRequired: true,
    requestModels: { "application/json": model },
    requestValidatorOptions: { validateRequestBody: true },
    methodResponses: [{ statusCode: "202" }],
  });
  const key = api.addApiKey("TransactionApiKey", {
    apiKeyName: `transaction-api-key-${suffix}`,
  });
  const plan = api.addUsagePlan("TransactionUsagePlan", {
    name: `transaction-usage-plan-${suffix}`,
    throttle: { rateLimit: 500, burstLimit: 1000 },
    quota: { limit: 100000, period: apigateway.Period.DAY },
    apiStages: [{ api, stage: api.deploymentStage }],
  });
  plan.addApiKey(key);
  return api;
}

function transactionSchema() {
  const { JsonSchemaType: type, JsonSchemaVersion } = apigateway;
  return {
    schema: JsonSchemaVersion.DRAFT4,
    type: type.OBJECT,
    required: ["transactionId", "amount", "currency", "source"],
    additionalProperties: false,
    properties: {
      transactionId: {
        type: type.STRING,
        pattern: "^[A-Za-z0-9][A-Za-z0-9._-]*(?![\\s\\S])",
        maxLength: 64,
      },
      amount: { type: type.NUMBER, minimum: 0.0001, maximum: 999999999999 },
      currency: { enum: CURRENCIES },
      source: {
        type: type.STRING,
        pattern: "^[A-Za-z0-9][A-Za-z0-9 ._-]*(?![\\s\\S])",
        maxLength: 64,
      },
    },
  };
}

module.exports = { addApi };
