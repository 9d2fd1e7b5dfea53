import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, type HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { ROUTES } from '../../contracts/api.ts';
import { OUTPUTS } from '../../contracts/names.ts';
import type { ServiceFunction } from './service-function.ts';

/** Every route to one function, for callers whom IAM has verified; who called what is logged. */
export function httpApi(stack: Construct, { function: handler }: ServiceFunction): void {
  const api = new HttpApi(stack, 'HttpApi', {
    description: 'countersign: runs and approvals',
    defaultAuthorizer: new HttpIamAuthorizer(),
  });
  const integration = new HttpLambdaIntegration('ApiIntegration', handler);
  for (const route of Object.values(ROUTES)) {
    const [method, path = ''] = route.split(' ');
    api.addRoutes({ path, methods: [method as HttpMethod], integration });
  }
  const accessLog = new LogGroup(stack, 'AccessLog', {
    retention: RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const stage = api.defaultStage?.node.defaultChild as CfnStage;
  stage.accessLogSettings = {
    destinationArn: accessLog.logGroupArn,
    format: JSON.stringify({
      requestId: '$context.requestId',
      at: '$context.requestTime',
      caller: '$context.identity.caller',
      route: '$context.routeKey',
      status: '$context.status',
      error: '$context.error.message',
    }),
  };
  new CfnOutput(stack, OUTPUTS.apiUrl, { value: api.apiEndpoint });
}
