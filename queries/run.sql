-- Everything that is recorded of one run, or of one break-glass grant, in the order of its times, as countersign events has it.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
-- @run     its id
SELECT leaf, "at", type AS what, call_id, tool, tier, resource, decision,
  array_join(policies, ', ') AS policies,
  coalesce(verdict, status, outcome, route, step, action) AS result,
  "by", coalesce(json_extract_scalar(reasons, '$[0].code'), json_extract_scalar(error, '$.code')) AS why,
  cost_micro_dollars / 1e6 AS dollars, arguments, changes, id, tenant
FROM events
WHERE dt BETWEEN ? /* since */ AND ? /* until */
  AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
  AND run_id = ? /* run */
ORDER BY tenant, "at", id
