-- Who approved, rejected or took back what: each verdict with the call that it was about, where it was given and after how long.
-- A verdict on whether a run may go on has no tool.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH logged AS (
  SELECT
    leaf, tenant, workflow, run_id, type, "at", approval_id, verdict, "by", via, after_seconds, state, note,
    max(tool) OVER (PARTITION BY tenant, run_id, approval_id) AS asked_tool,
    max(resource) OVER (PARTITION BY tenant, run_id, approval_id) AS asked_resource
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type IN ('call.decided', 'run.questioned', 'approval.verdict')
    AND approval_id IS NOT NULL
)
SELECT
  "at", tenant, "by", verdict, asked_tool AS tool, asked_resource AS resource, state, via, after_seconds, note,
  workflow, run_id, approval_id
FROM logged
WHERE type = 'approval.verdict'
ORDER BY tenant, leaf
