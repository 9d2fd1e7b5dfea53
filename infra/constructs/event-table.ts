import { Stack } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LOG_KEYS } from '../../contracts/log.ts';
import { auditDatabase, columnOf, DAY_PARTITION, EVENTS_TABLE } from '../../contracts/saved-queries.ts';
import { EVENT_COLUMNS } from './event-columns.ts';

/** Before the first event of any deployment. */
const FIRST_DAY = '2026-01-01';

/**
 * The table over `events/`. Its partitions are computed from the days that a query names and never listed or crawled, so a new day
 * is there at once, and a query that names none reads everything up to the workgroup's limit.
 */
export function eventTable(scope: Construct, prefix: string, auditBucket: IBucket): CfnTable {
  const { account } = Stack.of(scope);
  const database = new CfnDatabase(scope, 'AuditDatabase', {
    catalogId: account,
    databaseInput: { name: auditDatabase(prefix), description: 'countersign: the audit log for sql' },
  });
  const location = `s3://${auditBucket.bucketName}/${LOG_KEYS.events}`;
  const members = Object.entries(EVENT_COLUMNS);
  const table = new CfnTable(scope, 'EventsTable', {
    catalogId: account,
    databaseName: auditDatabase(prefix),
    tableInput: {
      name: EVENTS_TABLE,
      description: 'countersign: one row for each event of the log, members as columns',
      tableType: 'EXTERNAL_TABLE',
      partitionKeys: [{ name: DAY_PARTITION, type: 'string', comment: 'day of the event, utc' }],
      parameters: {
        EXTERNAL: 'TRUE',
        classification: 'json',
        'projection.enabled': 'true',
        [`projection.${DAY_PARTITION}.type`]: 'date',
        [`projection.${DAY_PARTITION}.format`]: 'yyyy-MM-dd',
        [`projection.${DAY_PARTITION}.range`]: `${FIRST_DAY},NOW`,
        'storage.location.template': `${location}${DAY_PARTITION}=\${${DAY_PARTITION}}/`,
      },
      storageDescriptor: {
        location,
        inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
        outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
        columns: members.map(([member, type]) => ({ name: columnOf(member), type })),
        serdeInfo: {
          // renders an object in a text column as its JSON, which the Hive one does not
          serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
          parameters: {
            // otherwise keys inside of objects would lose their capitals too
            'case.insensitive': 'false',
            ...Object.fromEntries(members.map(([member]) => [`mapping.${columnOf(member)}`, member])),
          },
        },
      },
    },
  });
  table.addResourceDependency(database);
  return table;
}
