-- Every call that has to do with one customer, or one thing: it was the resource, or among what was changed, or the call was made for that
-- user. Refused ones too.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
-- @subject id of a user, or a resource or effect as it is logged, such as orders/W1
WITH calls AS (
  SELECT tenant, run_id, call_id,
    min("at") AS "at",
    max(workflow) AS workflow, max(agent) AS agent, max(tool) AS tool, max(resource) AS resource,
    max(json_extract_scalar(context, '$.user.id')) AS made_for,
    max_by(decision, leaf) FILTER (WHERE type = 'call.decided') AS decision,
    max(status) AS status,
    max_by(effects, leaf) FILTER (WHERE type = 'call.executed') AS touched
  FROM events
  WHERE dt BETWEEN ? /* since */ AND ? /* until */
    AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
    AND type IN ('call.decided', 'call.executed')
  GROUP BY tenant, run_id, call_id
)
SELECT "at", tenant, tool, resource, made_for, decision, status, array_join(touched, ', ') AS effects, workflow, agent, run_id, call_id
FROM calls
WHERE resource = ? /* subject */ OR made_for = ? /* subject */ OR contains(touched, ? /* subject */)
ORDER BY tenant, "at", run_id, call_id
