-- What people were asked and what became of it: approved, rejected, expired (they were told and nobody decided in time), unreachable (nobody
-- could be told), or still open as far as the period goes. What nobody answered comes first.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH questions AS (
  SELECT tenant, run_id, approval_id,
    min("at") FILTER (WHERE decision = 'needs_approval' OR type = 'run.questioned') AS asked_at,
    max(workflow) AS workflow, max(tool) AS tool, max(resource) AS resource,
    array_join(array_sort(array_agg(DISTINCT approver_role) FILTER (WHERE approver_role IS NOT NULL)), ', ') AS roles,
    count(*) FILTER (WHERE type = 'approval.told') AS times_told,
    CASE
      WHEN count(*) FILTER (WHERE json_extract_scalar(reasons, '$[0].code') = 'approval_unreachable') > 0 THEN 'unreachable'
      WHEN count(*) FILTER (WHERE json_extract_scalar(reasons, '$[0].code') = 'approval_expired') > 0 THEN 'expired'
      WHEN count(*) FILTER (WHERE type = 'approval.verdict' AND state = 'rejected') > 0 THEN 'rejected'
      WHEN count(*) FILTER (WHERE decision = 'allow' OR type = 'run.continued') > 0 THEN 'approved and used'
      WHEN max_by(state, leaf) FILTER (WHERE type = 'approval.verdict') = 'approved' THEN 'approved'
      WHEN count(*) FILTER (WHERE decision = 'deny') > 0 THEN 'refused'
      ELSE 'open'
    END AS became
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND approval_id IS NOT NULL
  GROUP BY tenant, run_id, approval_id
)
SELECT tenant, became, asked_at, tool, resource, roles, times_told, workflow, run_id, approval_id
FROM questions
ORDER BY tenant, CASE became WHEN 'unreachable' THEN 0 WHEN 'expired' THEN 1 WHEN 'open' THEN 2 ELSE 3 END, asked_at, approval_id
