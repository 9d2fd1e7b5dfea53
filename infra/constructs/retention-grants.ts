import { ENV } from '../../contracts/environment.ts';
import { ERASURES, EVENTS, HELD_TIME_TO_LIVE, PROVENANCE, RUNS, WARRANTS } from '../../contracts/tables.ts';
import {
  grant,
  grantAppendEvents,
  grantFolder,
  grantReadEvents,
  grantRuns,
  grantUpdateRuns,
  type Ledger,
  onlyAttributes,
  onlyKeysLike,
  TRANSCRIPTS,
} from './ledger-grants.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * For `erase-person`, and for nobody else: delete what is kept of runs beside the log. It can read no transcript, put no run, delete no
 * run and no event, and lift no hold: S3 refuses it what is held.
 */
export function grantErasePersons(to: ServiceFunction, ledger: Ledger): void {
  const { runs, warrants, provenance, approvals } = ledger;
  grantRuns(to, ledger, ['GetItem']);
  to.allow(['dynamodb:Query'], [`${runs.tableArn}/index/${RUNS.personIndex.name}`]);
  grantUpdateRuns(to, ledger, 'erasePerson');
  const ofErasures = ['PutItem', 'UpdateItem', 'DeleteItem'] as const;
  grant(to, ENV.runsTable, runs, ofErasures, onlyKeysLike([ERASURES]));
  grant(to, ENV.warrantsTable, warrants, ['Query', 'DeleteItem']);
  to.allow(['dynamodb:Query'], [`${warrants.tableArn}/index/${WARRANTS.unknownIndex.name}`]);
  grant(to, ENV.provenanceTable, provenance, ['Query', 'DeleteItem']);
  grant(to, ENV.approvalsTable, approvals, ['DeleteItem']);
  grantReadEvents(to, ledger);
  grantAppendEvents(to, ledger);
  grantVersions(to, ledger, ['s3:DeleteObject', 's3:DeleteObjectVersion']);
}

/** For `hold-run`, and for nobody else: hold transcripts, and take away or give back when items go. It can delete nothing. */
export function grantHoldRuns(to: ServiceFunction, ledger: Ledger): void {
  const { runs, events, warrants, provenance } = ledger;
  grantRuns(to, ledger, ['GetItem']);
  to.allow(['dynamodb:Query'], [`${runs.tableArn}/index/${RUNS.holdIndex.name}`]);
  grantUpdateRuns(to, ledger, 'holdRun');
  for (const [variable, table, { partitionKey, sortKey, timeToLive }] of [
    [ENV.eventsTable, events, EVENTS],
    [ENV.warrantsTable, warrants, WARRANTS],
    [ENV.provenanceTable, provenance, PROVENANCE],
  ] as const) {
    grant(to, variable, table, ['Query']);
    const touched = [partitionKey, sortKey, timeToLive, HELD_TIME_TO_LIVE];
    grant(to, variable, table, ['UpdateItem'], onlyAttributes(touched));
  }
  grantAppendEvents(to, ledger);
  grantVersions(to, ledger, ['s3:PutObjectLegalHold']);
}

function grantVersions(to: ServiceFunction, { transcriptsBucket }: Ledger, actions: readonly string[]): void {
  to.function.addEnvironment(ENV.transcriptsBucket, transcriptsBucket.bucketName);
  to.allow(['s3:ListBucketVersions'], [transcriptsBucket.bucketArn]);
  grantFolder(to, transcriptsBucket, TRANSCRIPTS, actions);
}
