// The REST API: request model, gateway responses, usage plan, key.
const apigateway = require("aws-cdk-lib/aws-apigateway");
const iam = require("aws-cdk-lib/aws-iam");

const REFUSALS = {
  DEFAULT_4XX: [undefined, "The request cannot be served"],
  DEFAULT_5XX: [undefined, "The request failed; try again"],
  BAD_REQUEST_BODY: ["400", "The body does not fit the model"],
  INVALID_API_KEY: ["403", "The header x-api-key is missing or holds no valid key"],
  MISSING_AUTHENTICATION_TOKEN: ["404", "There is nothing here but POST and GET /transaction"],
  RESOURCE_NOT_FOUND: ["404", "There is nothing here but POST and GET /transaction"],
  REQUEST_TOO_LARGE: ["413", "The body is larger than 10 MB"],
  UNSUPPORTED_MEDIA_TYPE: ["415", "The Content-Type must be application/json"],
  THROTTLED: ["429", "Too many requests; try again"],
  QUOTA_EXCEEDED: ["429", "The quota of the day is used up"],
  INTEGRATION_FAILURE: ["504", "The transaction was not handed over; try again"],
  INTEGRATION_TIMEOUT: ["504", "The transaction may not have been handed over; try again"],
};

function addApi(stack, { suffix, contract, validator, table }) {
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
    schema: { schema: apigateway.JsonSchemaVersion.DRAFT4, ...contract.requestModel },
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
  const transaction = api.root.addResource("transaction");
  transaction.addMethod("POST", integration, {
    apiKeyRequired: true,
    requestModels: { "application/json": model },
    requestValidatorOptions: { validateRequestBody: true },
    methodResponses: [{ statusCode: "202" }],
  });
  addReading(stack, { suffix, contract, table, resource: transaction });
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

// GET /transaction/{transactionId}: a query of the table, without a function.
function addReading(stack, { suffix, contract, table, resource }) {
  const role = new iam.Role(stack, "ApiRole", {
    roleName: `api-role-${suffix}`,
    assumedBy: new iam.ServicePrincipal("apigateway.amazonaws.com"),
  });
  table.grant(role, "dynamodb:Query");
  const headers = { "method.response.header.Cache-Control": "'no-store'" };
  const query = new apigateway.AwsIntegration({
    service: "dynamodb",
    action: "Query",
    options: {
      credentialsRole: role,
      passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
      requestTemplates: { "application/json": queryTemplate(contract, table) },
      integrationResponses: [
        {
          statusCode: "200",
          selectionPattern: "200",
          responseTemplates: { "application/json": recordTemplate(contract) },
          responseParameters: headers,
        },
        {
          statusCode: "503",
          responseTemplates: {
            "application/json":
              '{"message": "The record cannot be read now; try again", "requestId": "$context.requestId"}',
          },
          responseParameters: { ...headers, "method.response.header.Retry-After": "'1'" },
        },
      ],
    },
  });
  const allowed = { "method.response.header.Cache-Control": true };
  resource.addResource("{transactionId}").addMethod("GET", query, {
    apiKeyRequired: true,
    requestParameters: { "method.request.path.transactionId": true },
    methodResponses: [
      { statusCode: "200", responseParameters: allowed },
      { statusCode: "404", responseParameters: allowed },
      {
        statusCode: "503",
        responseParameters: { ...allowed, "method.response.header.Retry-After": true },
      },
    ],
  });
}

function recordTemplate({ recordModel, storedAs }) {
  const { properties, required } = recordModel;
  const member = (name) => {
    const read = properties[name].type === "integer" ? "path" : "json";
    return `"${name}": $input.${read}('$.Items[0].${name}.${storedAs[name]}')`;
  };
  const optional = Object.keys(properties)
    .filter((name) => !required.includes(name))
    .map((name) => `#if($input.path('$.Items[0].${name}')),\n${member(name)}\n#end\n`);
  return `\
#if($input.path('$.Count') == 0)
#set($context.responseOverride.status = 404)
{"message": "No transaction is recorded under this id", "requestId": "$context.requestId"}
#else
{${required.map(member).join(",\n")}
${optional.join("")}}
#end
`;
}

function queryTemplate({ idCharacters, idLength }, table) {
  return (
    "#set($id = $input.params('transactionId')" +
    `.replaceAll('[^${idCharacters}]', '/').replaceAll('.{${idLength + 1},}', '/'))\n` +
    `{"TableName": "${table.tableName}", "KeyConditionExpression": "transactionId = :id",\n` +
    '"ExpressionAttributeValues": {":id": {"S": "$id"}}, "ConsistentRead": true, "Limit": 1}\n'
  );
}

module.exports = { addApi };
