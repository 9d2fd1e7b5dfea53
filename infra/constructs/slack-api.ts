import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { type CfnStage, HttpApi, type HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { SLACK_ROUTE } from '../../contracts/api.ts';
import { OUTPUTS } from '../../contracts/names.ts';
import { explain } from '../checks/explain.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * Requests a second, and at once: people press some buttons a minute. What is forged costs no more than this, and waits in no
 * one else's way.
 */
const THROTTLE = { throttlingRateLimit: 20, throttlingBurstLimit: 40 };

/** The one route for callers whom IAM has not verified, and an API of its own, so that no other route can be open by mistake. */
export function slackApi(stack: Construct, { function: handler }: ServiceFunction): void {
  const api = new HttpApi(stack, 'SlackApi', { description: 'countersign: what people press in Slack' });
  const [method, path = ''] = SLACK_ROUTE.split(' ');
  const integration = new HttpLambdaIntegration('SlackIntegration', handler);
  for (const route of api.addRoutes({ path, methods: [method as HttpMethod], integration })) {
    explain(
      route,
      'AwsSolutions-APIG4',
      'Slack cannot sign for IAM: the function verifies the signature of each request before it reads anything of it',
    );
  }
  const accessLog = new LogGroup(stack, 'SlackAccessLog', {
    retention: RetentionDays.ONE_YEAR,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const stage = api.defaultStage?.node.defaultChild as CfnStage;
  stage.defaultRouteSettings = THROTTLE;
  stage.accessLogSettings = {
    destinationArn: accessLog.logGroupArn,
    format: JSON.stringify({
      requestId: '$context.requestId',
      at: '$context.requestTime',
      address: '$context.identity.sourceIp',
      route: '$context.routeKey',
      status: '$context.status',
      error: '$context.error.message',
    }),
  };
  new CfnOutput(stack, OUTPUTS.slackInteractionsUrl, { value: `${api.apiEndpoint}${path}` });
}
