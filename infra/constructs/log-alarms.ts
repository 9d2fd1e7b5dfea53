import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { METRICS, METRICS_NAMESPACE } from '../../contracts/telemetry.ts';
import type { ServiceFunction } from './service-function.ts';

export interface LogAlarmsProps {
  readonly undelivered: Queue;
  readonly unsealable: Queue;
  readonly checkpoint: ServiceFunction;
  /** @default nobody is told */
  readonly alarmTopicArn?: string | undefined;
}

const MINUTE = Duration.minutes(1);

/** Batches are sealed after ten seconds and integrated after a minute; ten is a log that falls behind or stands still. */
const MOST_LAG_SECONDS = 600;

/** What tells that the log is not what it should be. Each has its runbook in docs/incidents.md. */
export function logAlarms(scope: Construct, props: LogAlarmsProps): void {
  const { undelivered, unsealable, checkpoint, alarmTopicArn } = props;
  const actions =
    alarmTopicArn === undefined
      ? []
      : [new SnsAction(Topic.fromTopicArn(scope, 'AlarmTopic', alarmTopicArn))];
  const alarm = (id: string, metricAlarm: AlarmProps) =>
    logAlarm(scope, id, metricAlarm).addAlarmAction(...actions);
  const waiting = (queue: Queue) =>
    queue.metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: Stats.MAXIMUM });
  alarm('SealUndeliveredAlarm', {
    description: 'events of the ledger could not be sealed for a day, and are in no log yet',
    metric: waiting(undelivered),
    threshold: 0,
  });
  alarm('UnsealableAlarm', {
    description:
      'something in the ledger is no event that can be sealed, or was changed after it was written',
    metric: waiting(unsealable),
    threshold: 0,
  });
  alarm('LogStandsStillAlarm', {
    description: 'checkpoint fails: events are sealed, but not under a signed root',
    metric: checkpoint.function.metricErrors({ period: MINUTE, statistic: Stats.SUM }),
    threshold: 0,
    minutes: 3,
  });
  alarm('LogLagsAlarm', {
    description: 'sealed events wait for long to be integrated, or checkpoint does not run at all',
    metric: new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: METRICS.logLagSeconds,
      dimensionsMap: { service: 'checkpoint' },
      period: MINUTE,
      statistic: Stats.MAXIMUM,
    }),
    threshold: MOST_LAG_SECONDS,
    minutes: 5,
    missing: TreatMissingData.BREACHING,
  });
}

interface AlarmProps {
  readonly description: string;
  readonly metric: IMetric;
  /** Alarms above it. */
  readonly threshold: number;
  /** For so many in a row. @default 1 */
  readonly minutes?: number;
  /** @default not breaching */
  readonly missing?: TreatMissingData;
}

function logAlarm(
  scope: Construct,
  id: string,
  { description, metric, threshold, ...props }: AlarmProps,
): Alarm {
  return new Alarm(scope, id, {
    alarmDescription: `countersign: ${description}; docs/incidents.md`,
    metric,
    threshold,
    evaluationPeriods: props.minutes ?? 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
  });
}
