-- Changes that people were shown before they approved, against those that were made: first the calls that changed something otherwise,
-- with what they changed and who had approved.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH logged AS (
  SELECT leaf, tenant, workflow, run_id, call_id, type, "at", tool, resource, preview, preview_digest, changes, status,
    CASE
      WHEN type = 'approval.verdict' AND verdict = 'approve'
        AND leaf = max(CASE WHEN type = 'approval.verdict' THEN leaf END) OVER (PARTITION BY tenant, run_id, approval_id, "by")
      THEN "by"
    END AS approver
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type IN ('call.decided', 'approval.waiting', 'approval.verdict', 'call.executed')
)
SELECT tenant, max(preview) AS came_out, max("at") FILTER (WHERE type = 'call.executed') AS executed_at,
  max(tool) AS tool, max(resource) AS resource,
  array_join(array_sort(array_agg(DISTINCT approver) FILTER (WHERE approver IS NOT NULL)), ', ') AS approvers,
  max(status) AS status, max(changes) AS changes, max(preview_digest) AS shown_digest,
  max(workflow) AS workflow, run_id, call_id
FROM logged
GROUP BY tenant, run_id, call_id
HAVING max(preview) IS NOT NULL
ORDER BY tenant, came_out DESC, executed_at, run_id, call_id
