-- What models and tools were charged, by tenant, day of UTC and workflow, in dollars.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
SELECT tenant, dt, workflow,
  count(DISTINCT run_id) AS runs,
  coalesce(sum(cost_micro_dollars) FILTER (WHERE type = 'model.called'), 0) / 1e6 AS model_dollars,
  coalesce(sum(cost_micro_dollars) FILTER (WHERE type = 'call.executed'), 0) / 1e6 AS tool_dollars,
  coalesce(sum(cost_micro_dollars), 0) / 1e6 AS dollars
FROM events
WHERE dt BETWEEN ? /* since */ AND ? /* until */
  AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
  AND type IN ('model.called', 'call.executed')
GROUP BY tenant, dt, workflow
ORDER BY tenant, dt, workflow
