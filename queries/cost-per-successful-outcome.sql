-- What a successful outcome cost, by tenant and workflow: all that models and tools were charged, divided by the runs that have done what
-- they were for. A run is successful when it completed, some call of it succeeded, and of each thing that it wanted to write the last
-- call succeeded, as in docs/costs.md. Only runs that closed in the period have an outcome.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
WITH calls AS (
  SELECT tenant, workflow, run_id, call_id,
    sum(cost_micro_dollars) AS cost,
    max(outcome) AS outcome,
    max(status) AS status,
    -- of a tool whose tier nobody knows: a write
    max(CASE WHEN type = 'call.decided' AND coalesce(tier, 1) > 0 THEN concat(tool, ' ', coalesce(resource, '')) END) AS written
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type IN ('model.called', 'call.decided', 'call.executed', 'run.closed')
  GROUP BY tenant, workflow, run_id, call_id
), things AS (
  SELECT tenant, workflow, run_id, written,
    sum(cost) AS cost,
    max(outcome) AS outcome,
    count(*) FILTER (WHERE status = 'succeeded') AS succeeded,
    max_by(coalesce(status, 'none'), coalesce(call_id, '')) AS last_status
  FROM calls
  GROUP BY tenant, workflow, run_id, written
), runs AS (
  SELECT tenant, workflow, run_id,
    sum(cost) AS cost,
    max(outcome) AS outcome,
    sum(succeeded) > 0 AND count(*) FILTER (WHERE written IS NOT NULL AND last_status <> 'succeeded') = 0 AS is_done
  FROM things
  GROUP BY tenant, workflow, run_id
)
SELECT tenant, workflow,
  count(outcome) AS closed,
  count(*) FILTER (WHERE outcome = 'completed') AS completed,
  count(*) FILTER (WHERE outcome = 'completed' AND is_done) AS successful,
  coalesce(sum(cost), 0) / 1e6 AS dollars,
  coalesce(sum(cost), 0) / 1e6 / nullif(count(*) FILTER (WHERE outcome = 'completed' AND is_done), 0) AS dollars_per_success
FROM runs
GROUP BY tenant, workflow
ORDER BY tenant, workflow
