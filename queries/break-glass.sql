-- Privileged access from request to end: who opened and who confirmed it, for which incident and tools, and every use. Rows of one grant
-- stand together in order.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
SELECT tenant, run_id AS grant_id, "at", type AS what, "by", incident,
  CASE WHEN type = 'break_glass.opened' THEN reason END AS why,
  array_join(tools, ', ') AS tools, minutes, tool, resource, user_id, used_by_run, call_id, note
FROM events
WHERE dt BETWEEN ? /* since */ AND ? /* until */
  AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
  AND type IN ('break_glass.opened', 'break_glass.confirmed', 'break_glass.rejected', 'break_glass.ended', 'break_glass.used')
ORDER BY tenant, grant_id, leaf
