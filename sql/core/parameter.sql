/*
---
description: >-
  The parameters of all estimates in one row. Value, meaning and source of each are in
  warehouse/reference/parameter.csv.
grain: the one row
unique: [seed]
columns:
  seed: DOUBLE NOT NULL | - | First word of every random stream
  draws: DOUBLE NOT NULL | draws | Draws of a revenue estimate
  observed_logit_sd: DOUBLE NOT NULL | logit | Uncertainty of an observed share in its own week
  observed_mix_ageing_weeks: DOUBLE NOT NULL | weeks | Age that doubles the variance of an observed share
  class_prior_ageing_weeks: DOUBLE NOT NULL | weeks | Age that doubles the variance of a class's share
  share_floor: DOUBLE NOT NULL | fraction | Smallest prompt or cached share that is drawn
  share_ceiling: DOUBLE NOT NULL | fraction | Largest prompt or cached share that is drawn
  common_cache_weight: DOUBLE NOT NULL | fraction | Variance of cached shares that models have in common
  write_share_low: DOUBLE NOT NULL | fraction of the uncached prompt | Written to the cache, lowest
  write_share_mid: DOUBLE NOT NULL | fraction of the uncached prompt | The same, the middle one
  write_share_high: DOUBLE NOT NULL | fraction of the uncached prompt | The same, the highest
  discount_low: DOUBLE NOT NULL | fraction | Discount on list prices, lower end
  discount_high: DOUBLE NOT NULL | fraction | The same, upper end
  day_autocorrelation: DOUBLE NOT NULL | correlation | Of a model's weekday growth from one day to the next
  t6_quantile: DOUBLE NOT NULL | sd | 95% point of Student's t with 6 degrees of freedom
  false_discovery_rate: DOUBLE NOT NULL | fraction | Part of the called movers that may be noise
  cache_hit: DOUBLE NOT NULL | fraction | Part of the replayed prompt that is read from the cache
  cache_hit_low: DOUBLE NOT NULL | fraction | The same, lower end
  cache_hit_high: DOUBLE NOT NULL | fraction | The same, upper end
  detection: DOUBLE NOT NULL | fraction | Part of a primary's failures that are noticed
  detection_low: DOUBLE NOT NULL | fraction | The same, lower end
  detection_high: DOUBLE NOT NULL | fraction | The same, upper end
  false_alarm: DOUBLE NOT NULL | fraction | Part of a primary's successes that are escalated for nothing
  false_alarm_low: DOUBLE NOT NULL | fraction | The same, lower end
  false_alarm_high: DOUBLE NOT NULL | fraction | The same, upper end
  output_log_sd: DOUBLE NOT NULL | log | Uncertainty of the completion tokens of a task
  success_correlation: DOUBLE NOT NULL | correlation | Of primary's and escalation's success at a task
  lower_bound_z: DOUBLE NOT NULL | sd | Standard deviations below the mean at which a floor must be reached
  other_effort_sd: DOUBLE NOT NULL | points | Added where the evaluated effort was another
  old_score_sd: DOUBLE NOT NULL | points | Added where the score is old
  old_score_days: DOUBLE NOT NULL | days | Age from which a score is old
  unsure_bound_z: DOUBLE NOT NULL | sd | The same without an index row and with few own tasks
  sure_own_tasks: DOUBLE NOT NULL | tasks | Own tasks that are as good as an index row
  least_own_tasks: DOUBLE NOT NULL | tasks | Own tasks that are evidence where only the price is known
  benchmark_noise: DOUBLE NOT NULL | fraction | Standard deviation of a benchmark about the index's curve
  score_least_models: DOUBLE NOT NULL | models | With score and index that a source's snapshot needs
  score_slope_jump: DOUBLE NOT NULL | fraction | Change of the calibration's slope that refuses a snapshot
  score_days: DOUBLE NOT NULL | days | That a model keeps its last inferred capability
  prior_capability: DOUBLE NOT NULL | points | Of a model of 2026-01-21 that costs one USD per million tokens
  prior_per_log_price: DOUBLE NOT NULL | points per log USD | That a price adds to it
  prior_per_month: DOUBLE NOT NULL | points per month | That a later release adds to it
  prior_per_old_month: DOUBLE NOT NULL | points per month | That a month before 2025-10-21 takes off too
  prior_sd: DOUBLE NOT NULL | points | Standard deviation about it
  routing_draws: DOUBLE NOT NULL | draws | Draws of the parameters of a route
  youngest_days: DOUBLE NOT NULL | days | Age from which a model may carry work
  retirement_days: DOUBLE NOT NULL | days | Before its retirement a model carries work no longer
  switch_saving: DOUBLE NOT NULL | fraction | Saving that switches a route after two weeks in a row
  emergency_price_rise: DOUBLE NOT NULL | × | Rise of the cost that switches at once
  dwell_weeks: DOUBLE NOT NULL | weeks | That a route is kept before a saving may switch it
  promotion_fall: DOUBLE NOT NULL | fraction | Fall against the median from which a price is a promotion
  promotion_days: DOUBLE NOT NULL | days | Length of that median
  unsettled_changes: DOUBLE NOT NULL | changes | Of a price within a day from which it is unsettled
  price_risk_weeks: DOUBLE NOT NULL | weeks | Whose price changes widen the bands of routes
---
*/
SELECT
    max(value) FILTER (WHERE parameter = 'seed') AS seed,
    max(value) FILTER (WHERE parameter = 'draws') AS draws,
    max(value) FILTER (WHERE parameter = 'observed_logit_sd') AS observed_logit_sd,
    max(value) FILTER (WHERE parameter = 'observed_mix_ageing_weeks') AS observed_mix_ageing_weeks,
    max(value) FILTER (WHERE parameter = 'class_prior_ageing_weeks') AS class_prior_ageing_weeks,
    max(value) FILTER (WHERE parameter = 'share_floor') AS share_floor,
    max(value) FILTER (WHERE parameter = 'share_ceiling') AS share_ceiling,
    max(value) FILTER (WHERE parameter = 'common_cache_weight') AS common_cache_weight,
    max(value) FILTER (WHERE parameter = 'write_share_low') AS write_share_low,
    max(value) FILTER (WHERE parameter = 'write_share_mid') AS write_share_mid,
    max(value) FILTER (WHERE parameter = 'write_share_high') AS write_share_high,
    max(value) FILTER (WHERE parameter = 'discount_low') AS discount_low,
    max(value) FILTER (WHERE parameter = 'discount_high') AS discount_high,
    max(value) FILTER (WHERE parameter = 'day_autocorrelation') AS day_autocorrelation,
    max(value) FILTER (WHERE parameter = 't6_quantile') AS t6_quantile,
    max(value) FILTER (WHERE parameter = 'false_discovery_rate') AS false_discovery_rate,
    max(value) FILTER (WHERE parameter = 'cache_hit') AS cache_hit,
    max(value) FILTER (WHERE parameter = 'cache_hit_low') AS cache_hit_low,
    max(value) FILTER (WHERE parameter = 'cache_hit_high') AS cache_hit_high,
    max(value) FILTER (WHERE parameter = 'detection') AS detection,
    max(value) FILTER (WHERE parameter = 'detection_low') AS detection_low,
    max(value) FILTER (WHERE parameter = 'detection_high') AS detection_high,
    max(value) FILTER (WHERE parameter = 'false_alarm') AS false_alarm,
    max(value) FILTER (WHERE parameter = 'false_alarm_low') AS false_alarm_low,
    max(value) FILTER (WHERE parameter = 'false_alarm_high') AS false_alarm_high,
    max(value) FILTER (WHERE parameter = 'output_log_sd') AS output_log_sd,
    max(value) FILTER (WHERE parameter = 'success_correlation') AS success_correlation,
    max(value) FILTER (WHERE parameter = 'lower_bound_z') AS lower_bound_z,
    max(value) FILTER (WHERE parameter = 'other_effort_sd') AS other_effort_sd,
    max(value) FILTER (WHERE parameter = 'old_score_sd') AS old_score_sd,
    max(value) FILTER (WHERE parameter = 'old_score_days') AS old_score_days,
    max(value) FILTER (WHERE parameter = 'unsure_bound_z') AS unsure_bound_z,
    max(value) FILTER (WHERE parameter = 'sure_own_tasks') AS sure_own_tasks,
    max(value) FILTER (WHERE parameter = 'least_own_tasks') AS least_own_tasks,
    max(value) FILTER (WHERE parameter = 'benchmark_noise') AS benchmark_noise,
    max(value) FILTER (WHERE parameter = 'score_least_models') AS score_least_models,
    max(value) FILTER (WHERE parameter = 'score_slope_jump') AS score_slope_jump,
    max(value) FILTER (WHERE parameter = 'score_days') AS score_days,
    max(value) FILTER (WHERE parameter = 'prior_capability') AS prior_capability,
    max(value) FILTER (WHERE parameter = 'prior_per_log_price') AS prior_per_log_price,
    max(value) FILTER (WHERE parameter = 'prior_per_month') AS prior_per_month,
    max(value) FILTER (WHERE parameter = 'prior_per_old_month') AS prior_per_old_month,
    max(value) FILTER (WHERE parameter = 'prior_sd') AS prior_sd,
    max(value) FILTER (WHERE parameter = 'routing_draws') AS routing_draws,
    max(value) FILTER (WHERE parameter = 'youngest_days') AS youngest_days,
    max(value) FILTER (WHERE parameter = 'retirement_days') AS retirement_days,
    max(value) FILTER (WHERE parameter = 'switch_saving') AS switch_saving,
    max(value) FILTER (WHERE parameter = 'emergency_price_rise') AS emergency_price_rise,
    max(value) FILTER (WHERE parameter = 'dwell_weeks') AS dwell_weeks,
    max(value) FILTER (WHERE parameter = 'promotion_fall') AS promotion_fall,
    max(value) FILTER (WHERE parameter = 'promotion_days') AS promotion_days,
    max(value) FILTER (WHERE parameter = 'unsettled_changes') AS unsettled_changes,
    max(value) FILTER (WHERE parameter = 'price_risk_weeks') AS price_risk_weeks
FROM reference.parameter
