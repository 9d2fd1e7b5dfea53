-- Calls that were allowed and of which nobody knows what came of them: nothing is recorded, or the outcome is unknown and no person has
-- settled it. Those of the last minutes may still be under way; a call of the last day has its end on the next.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH calls AS (
  SELECT tenant, run_id, call_id,
    max(workflow) AS workflow, max(agent) AS agent, max(tool) AS tool, max(resource) AS resource,
    max("at") FILTER (WHERE decision = 'allow') AS allowed_at,
    max(hold_micro_dollars) AS hold_micro_dollars,
    count(*) FILTER (WHERE type = 'call.executed') AS outcomes,
    count(*) FILTER (WHERE status = 'unknown') AS unknown,
    count(*) FILTER (WHERE type = 'call.settled') AS settled
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type IN ('call.decided', 'call.executed', 'call.settled')
  GROUP BY tenant, run_id, call_id
)
SELECT allowed_at, tenant, tool, resource,
  CASE WHEN outcomes = 0 THEN 'none recorded' ELSE 'unknown' END AS outcome,
  hold_micro_dollars / 1e6 AS held_dollars, workflow, agent, run_id, call_id
FROM calls
WHERE allowed_at IS NOT NULL AND (outcomes = 0 OR (unknown > 0 AND settled = 0))
ORDER BY tenant, allowed_at, run_id, call_id
