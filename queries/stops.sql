-- What was stopped and why: workflows that were paused and by whom they go on again, runs that did not complete, loops, and caps that were
-- used up.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
SELECT "at", tenant, workflow, run_id, type AS what,
  coalesce(outcome, action, step) AS how,
  coalesce(cap, json_extract_scalar(reason, '$.code'), loop) AS why,
  coalesce(json_extract_scalar(reason, '$.message'), note) AS detail,
  used, "of" AS used_of,
  "by"
FROM events
WHERE dt BETWEEN ? /* since */ AND ? /* until */
  AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
  AND (type IN ('workflow.paused', 'workflow.resumed', 'loop.found')
      OR (type = 'run.closed' AND outcome <> 'completed')
      OR (type = 'budget.step' AND step IN ('ask', 'stop')))
ORDER BY tenant, "at", leaf
