-- How long people took to decide, by tenant and by the role that was asked first: verdicts that ended a question, and questions that nobody
-- answered in time or that reached nobody.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH questions AS (
  SELECT tenant, run_id, approval_id,
    max_by(approver_role, -leaf) FILTER (WHERE type IN ('call.decided', 'run.questioned')) AS role,
    max(after_seconds) FILTER (WHERE type = 'approval.verdict' AND state IN ('approved', 'rejected')) AS seconds,
    count(*) FILTER (WHERE json_extract_scalar(reasons, '$[0].code') = 'approval_expired') AS expired,
    count(*) FILTER (WHERE json_extract_scalar(reasons, '$[0].code') = 'approval_unreachable') AS unreachable
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND approval_id IS NOT NULL
  GROUP BY tenant, run_id, approval_id
)
SELECT tenant, coalesce(role, '(asked before)') AS role,
  count(*) AS questions,
  count(seconds) AS decided,
  min(seconds) AS fastest_seconds,
  approx_percentile(seconds, 0.5) AS median_seconds,
  approx_percentile(seconds, 0.9) AS ninth_tenth_seconds,
  max(seconds) AS slowest_seconds,
  count(*) FILTER (WHERE expired > 0) AS expired,
  count(*) FILTER (WHERE unreachable > 0) AS unreachable
FROM questions
GROUP BY tenant, role
ORDER BY tenant, role
