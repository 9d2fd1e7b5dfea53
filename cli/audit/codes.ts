/** What may be wrong with a log. The codes are for programs and do not change; docs/log.md has the same table. */
export const PROBLEMS = {
  checkpoint_missing: 'a checkpoint that must be there is not',
  checkpoint_malformed: 'what is in the place of a checkpoint is none',
  checkpoint_other_log: 'a checkpoint is of another log than the keys that were given',
  checkpoint_untrusted: 'no key that was given has signed a checkpoint',
  checkpoint_misplaced: 'a signed checkpoint is of another size than its key says',
  checkpoint_unexpected: 'a checkpoint is signed at a size at which no round ends',
  checkpoint_behind: '`checkpoint` was set back: a later one is signed and older than it',
  root_differs: 'the entries do not give the root that is signed',
  forked:
    'two different checkpoints of one size are signed, or the log is not one with the remembered checkpoint',
  rolled_back: 'the log is smaller than the remembered checkpoint',
  round_missing: 'no round says where entries come from',
  round_malformed: 'what is in the place of a round is none, or does not follow on the one before',
  round_differs: 'the batches of a round do not give its entries',
  batch_missing: 'a batch that a round names is not there',
  batch_unreadable: 'a batch cannot be decompressed, or is no lines of JSON',
  batch_differs: 'a batch has other content than its key says',
  event_outside_log: 'an event was delivered, and no round has made it an entry',
  bundle_missing: 'a bundle of entries is not there',
  bundle_unreadable: 'a bundle cannot be read, or has another number of entries',
  entry_differs: 'an entry in a bundle is not the one that is signed',
  entry_lost: 'neither bundle nor batch has the entry that is signed',
  tile_missing: 'a tile is not there',
  tile_differs: 'a tile has other hashes than the entries give',
  lines_missing: 'lines for SQL are not there',
  lines_unreadable: 'lines for SQL cannot be decompressed',
  line_missing: 'an entry has no line for SQL',
  line_changed: 'the line of an entry for SQL is not the entry with its leaf, or not in its place',
  line_added: 'a line for SQL is of no entry',
  entry_malformed: 'an entry is no JSON, or lacks what every event or one of its type has',
  entry_not_canonical: 'an entry is not written as RFC 8785 says',
  entry_unknown_version: 'an entry is of a version of events that is not known',
  entry_duplicate: 'an event is in the log a second time',
  decision_repeated: 'a call was allowed or denied a second time',
  execution_unauthorized: 'a call was executed that was not allowed',
  execution_repeated: 'a call was executed a second time',
  execution_of_another_tool: 'another tool was executed than was allowed',
  approval_missing:
    'fewer people have approved an allowed call than were asked for, or somebody has rejected it',
  approval_of_another_call: 'the approval that allowed a call is not for that very call',
  outcome_missing: 'a call was allowed, its run is closed for a day, and nothing says what became of it',
  settlement_unfounded: 'a person has settled a call whose outcome was not unknown',
  policies_differ: 'kept policies are not those that the key names',
  object_unknown: 'an object is nothing that a log has',
  object_surplus: 'an object of the log is there that nothing signed asks for',
  object_overwritten: 'an object has more than one version',
  object_deleted: 'an object has a delete marker',
  object_unlocked: 'an object is not under retention in compliance mode',
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** What is no problem, and should be known. */
export const NOTES = {
  batch_pending: 'events that are delivered and not yet in the log',
  outcome_pending: 'calls of closed runs whose outcome may yet be found',
  growth: 'objects that were put after the checkpoint, of a round under way or later ones',
} as const;

export type NoteCode = keyof typeof NOTES;
