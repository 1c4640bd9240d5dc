/*
---
description: >-
  What evidence a week's routes may rest on: what was known on the day of the decision. Before the first
  day of the index nothing was, and the routes of such a week rest on that first day.
grain: week
unique: [week]
columns:
  week:
  decided_on:
  known_on: DATE NOT NULL | UTC day | Scores of the index up to this day count
  index_on:
  is_lookahead: BOOLEAN NOT NULL | - | Whether the scores are from after the decision
---
*/
WITH first_day AS (
    SELECT
        greatest(
            (SELECT min(recorded_on) FROM reference.quality_index),
            (SELECT min(recorded_on) FROM reference.benchmark)
        ) AS known_on
),

known AS (
    SELECT DISTINCT
        offer.week,
        offer.decided_on,
        greatest(offer.decided_on, first_day.known_on) AS known_on,
        offer.decided_on < first_day.known_on AS is_lookahead
    FROM core.route_offer AS offer
    CROSS JOIN first_day
)

SELECT
    known.week,
    known.decided_on,
    known.known_on,
    max(vintage.recorded_on) AS index_on,
    known.is_lookahead
FROM known
INNER JOIN reference.quality_index AS vintage ON known.known_on >= vintage.recorded_on
GROUP BY known.week, known.decided_on, known.known_on, known.is_lookahead
