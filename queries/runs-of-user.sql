-- Runs that acted for one user: who asked for them, how they ended, what they did and cost.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
-- @user    id of the user
WITH runs AS (
  SELECT tenant, run_id, max(workflow) AS workflow,
    min("at") AS began_at,
    max(json_extract_scalar("user", '$.id')) AS user_id,
    max(requested_by) AS requested_by,
    max(outcome) AS outcome,
    max(CASE WHEN type = 'run.closed' THEN json_extract_scalar(reason, '$.code') END) AS reason,
    count(*) FILTER (WHERE decision = 'allow') AS allowed,
    count(*) FILTER (WHERE decision = 'deny') AS denied,
    count(*) FILTER (WHERE type = 'approval.verdict') AS verdicts,
    coalesce(sum(cost_micro_dollars), 0) / 1e6 AS dollars
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type IN ('run.requested', 'run.closed', 'call.decided', 'call.executed', 'approval.verdict', 'model.called')
  GROUP BY tenant, run_id
)
SELECT began_at, tenant, workflow, run_id, requested_by, outcome, reason, allowed, denied, verdicts, dollars
FROM runs
WHERE user_id = ? /* user */
ORDER BY tenant, began_at, run_id
