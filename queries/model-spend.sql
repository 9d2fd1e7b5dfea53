-- What models were asked and paid: questions, tokens and dollars by tenant and model, how many answers were given again, lost, unusable, or
-- came from this model because another one could not be asked.
-- @since   first day, such as 2026-11-01
-- @until   last day
-- @tenant  optional: only of this tenant
SELECT tenant, model,
  count(*) AS questions,
  sum(input_tokens) AS input_tokens,
  sum(output_tokens) AS output_tokens,
  sum(cost_micro_dollars) / 1e6 AS dollars,
  count(*) FILTER (WHERE cached) AS cached,
  count(*) FILTER (WHERE lost) AS lost,
  count(*) FILTER (WHERE invalid IS NOT NULL) AS unusable,
  count(*) FILTER (WHERE instead_of IS NOT NULL) AS instead_of_another
FROM events
WHERE dt BETWEEN ? /* since */ AND ? /* until */
  AND tenant = coalesce(nullif(? /* tenant */, ''), tenant)
  AND type = 'model.called'
GROUP BY tenant, model
ORDER BY tenant, dollars DESC, model
