-- What was refused, how often and for which agents, by the policy that forbade it and the reason. Where no policy decided - a budget,
-- a limit, missing facts, or nothing that permits it - the policy is (none).
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH denied AS (
  SELECT tenant, run_id, agent, tool, "at", json_extract_scalar(reasons, '$[0].code') AS reason,
    CASE WHEN cardinality(policies) = 0 THEN ARRAY['(none)'] ELSE policies END AS deciding
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type = 'call.decided' AND decision = 'deny'
)
SELECT tenant, policy, reason, count(*) AS denials, count(DISTINCT run_id) AS runs,
  array_join(array_sort(array_agg(DISTINCT agent)), ', ') AS agents,
  array_join(array_sort(array_agg(DISTINCT tool)), ', ') AS tools,
  max("at") AS last_at
FROM denied
CROSS JOIN UNNEST(deciding) AS deciders (policy)
GROUP BY tenant, policy, reason
ORDER BY tenant, denials DESC, policy, reason
