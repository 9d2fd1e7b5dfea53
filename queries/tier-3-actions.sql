-- Every allowed call of tier 3 or above, who stood behind it when it was made, under which policies, and what came of it.
-- Decisions before 2026-12 do not say their tier and are not found.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH logged AS (
  SELECT leaf, tenant, workflow, agent, run_id, call_id, type, "at", tool, tier, resource, decision, policies, status, break_glass,
    CASE
      WHEN type = 'approval.verdict' AND verdict = 'approve'
        AND leaf = max(CASE WHEN type = 'approval.verdict' THEN leaf END) OVER (PARTITION BY tenant, run_id, approval_id, "by")
      THEN "by"
    END AS approver
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type IN ('call.decided', 'approval.verdict', 'call.executed', 'call.settled')
)
SELECT
  max("at") FILTER (WHERE decision = 'allow') AS allowed_at,
  tenant, max(tool) AS tool, max(tier) AS tier, max(resource) AS resource,
  array_join(array_sort(array_agg(DISTINCT approver) FILTER (WHERE approver IS NOT NULL)), ', ') AS approvers,
  array_join(max_by(policies, leaf) FILTER (WHERE decision = 'allow'), ', ') AS policies,
  max(json_extract_scalar(break_glass, '$.incident')) AS incident,
  max(status) AS status, max(workflow) AS workflow, max(agent) AS agent, run_id, call_id
FROM logged
GROUP BY tenant, run_id, call_id
HAVING max(tier) >= 3 AND count(*) FILTER (WHERE decision = 'allow') > 0
ORDER BY tenant, allowed_at, run_id, call_id
