-- Under which policies decisions were made: each digest of a bundle with its first and last decision, and what was decided under it.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
SELECT tenant, policy_digest,
  min("at") AS first_at, max("at") AS last_at,
  count(*) AS decisions,
  count(*) FILTER (WHERE decision = 'allow') AS allowed,
  count(*) FILTER (WHERE decision = 'deny') AS denied,
  count(*) FILTER (WHERE decision = 'needs_approval') AS asked,
  count(DISTINCT workflow) AS workflows
FROM events
WHERE dt BETWEEN ? /* since */ AND ? /* until */
  AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
  AND type = 'call.decided'
GROUP BY tenant, policy_digest
ORDER BY tenant, first_at, policy_digest
