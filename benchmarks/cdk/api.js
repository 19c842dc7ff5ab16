// The REST API: its operations, gateway responses, usage plan, key.
const apigateway = require("aws-cdk-lib/aws-apigateway");
const iam = require("aws-cdk-lib/aws-iam");

const INTEGRATION = "x-amazon-apigateway-integration";

// `tables` are by their logical IDs in template.yaml, to which the mapping templates refer.
function addApi(stack, { suffix, contract, validator, tables }) {
  const api = new apigateway.RestApi(stack, "TransactionApi", {
    restApiName: `transaction-api-${suffix}`,
    endpointTypes: [apigateway.EndpointType.REGIONAL],
    deployOptions: {
      stageName: "prod",
      tracingEnabled: true,
      throttlingRateLimit: 1000,
      throttlingBurstLimit: 2000,
    },
    cloudWatchRole: false,
  });
  for (const [type, response] of Object.entries(contract.gatewayResponses)) {
    const headers = Object.entries(response.responseParameters ?? {});
    api.addGatewayResponse(type, {
      type: apigateway.ResponseType.of(type),
      statusCode: response.statusCode,
      templates: response.responseTemplates,
      responseHeaders: Object.fromEntries(
        headers.map(([name, value]) => [name.split(".").at(-1), value]),
      ),
    });
  }
  const model = api.addModel("Transaction", {
    contentType: "application/json",
    schema: { schema: apigateway.JsonSchemaVersion.DRAFT4, ...contract.requestModel },
  });
  const credentialsRole = new iam.Role(stack, "ApiRole", {
    roleName: `api-role-${suffix}`,
    assumedBy: new iam.ServicePrincipal("apigateway.amazonaws.com"),
  });
  Object.values(tables).forEach((table) => table.grant(credentialsRole, "dynamodb:Query"));
  for (const [path, { get, post }] of Object.entries(contract.paths)) {
    const resource = api.root.resourceForPath(path);
    if (post) {
      const invocation = new apigateway.LambdaIntegration(validator, {
        proxy: false,
        ...integrationOptions(post, tables),
      });
      resource.addMethod("POST", invocation, {
        ...methodOptions(post),
        requestModels: { "application/json": model },
        requestValidatorOptions: { validateRequestBody: true },
      });
    }
    if (get) {
      const query = new apigateway.AwsIntegration({
        service: "dynamodb",
        action: "Query",
        options: { credentialsRole, ...integrationOptions(get, tables) },
      });
      resource.addMethod("GET", query, methodOptions(get));
    }
  }
  const key = api.addApiKey("TransactionApiKey", {
    apiKeyName: `transaction-api-key-${suffix}`,
  });
  const usagePlan = api.addUsagePlan("TransactionUsagePlan", {
    name: `transaction-usage-plan-${suffix}`,
    throttle: { rateLimit: 500, burstLimit: 1000 },
    quota: { limit: 100000, period: apigateway.Period.DAY },
    apiStages: [{ api, stage: api.deploymentStage }],
  });
  usagePlan.addApiKey(key);
  return { api, key, usagePlan };
}

function integrationOptions({ [INTEGRATION]: integration }, tables) {
  const template = integration.requestTemplates["application/json"];
  const text = template["Fn::Sub"] ?? template;
  return {
    passthroughBehavior: apigateway.PassthroughBehavior.NEVER,
    requestParameters: integration.requestParameters,
    requestTemplates: {
      "application/json": text.replace(/\$\{(\w+)\}/, (_, table) => tables[table].tableName),
    },
    integrationResponses: Object.entries(integration.responses).map(([pattern, response]) => ({
      ...response,
      selectionPattern: pattern === "default" ? undefined : pattern,
    })),
  };
}

function methodOptions({ parameters = [], responses }) {
  const parameterOf = ({ name }) => [`method.request.path.${name}`, true];
  const headerOf = (name) => [`method.response.header.${name}`, true];
  return {
    apiKeyRequired: true,
    requestParameters: Object.fromEntries(parameters.map(parameterOf)),
    methodResponses: Object.entries(responses).map(([statusCode, { headers }]) => ({
      statusCode,
      responseParameters: Object.fromEntries(Object.keys(headers).map(headerOf)),
    })),
  };
}

module.exports = { addApi };
