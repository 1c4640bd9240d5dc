/*
---
description: >-
  Third-party scores of models on offer, as each week's decision could know them: of each source the
  newest snapshot. A score that cannot be used says why. They belong to the third party: they stay in
  the home's private file, are never exported, and no mart shows them.
grain: week × source × model_id
unique: [week, source, model_id]
columns:
  week:
  source:
  model_id:
  snapshot_at:
  score: DOUBLE | points of the source | The score; NULL where it is not a number above 0 and below 100,000
  refused_because: VARCHAR | - | Code of why it is not used; NULL if it is
accepted:
  refused_because: [not_a_number, two_rows, known_mismatch, other_product]
---
*/
-- Mondays are decided with what was known by the end of the day.
WITH known AS (
    SELECT
        evidence_week.week,
        reported.*,
        max(reported.snapshot_at) OVER (PARTITION BY evidence_week.week, reported.source) AS newest_at
    FROM core.evidence_week
    INNER JOIN private.reported_score AS reported
        ON evidence_week.decided_on >= cast(reported.snapshot_at AS DATE)
),

plain AS (
    SELECT
        known.*,
        replace(
            replace(
                replace(
                    replace(
                        replace(
                            replace(
                                replace(
                                    replace(lower(known.display_name), 'non-reasoning', ''), 'reasoning', ''
                                ), 'xhigh', ''
                            ), 'high', ''
                        ), 'medium', ''
                    ), 'max effort', ''
                ), '(max)', ''
            ), '(low)', ''
        ) AS display_words,
        lower(catalogue.name) AS catalogue_words
    FROM known
    INNER JOIN core.route_offer AS offer ON known.week = offer.week AND known.model_id = offer.model_id
    LEFT JOIN staging.catalogue
        ON offer.price_week = catalogue.week AND offer.model_id = catalogue.model_id
    WHERE known.snapshot_at = known.newest_at
),

named AS (
    SELECT
        *,
        translate(display_words, ' -._()[]', '') AS display_key,
        translate(
            substr(catalogue_words, strpos(catalogue_words, ':') + 1), ' -._()[]', ''
        ) AS catalogue_key
    FROM plain
),

-- Nobody scores in such numbers, and NaN is larger than any.
counted AS (
    SELECT
        week,
        source,
        model_id,
        max(model_permaslug) AS model_permaslug,
        max(snapshot_at) AS snapshot_at,
        max(CASE WHEN score > 0 AND score < 100000 THEN score END) AS score,
        sum(rows_found) AS rows_found,
        bool_or(display_key <> catalogue_key) AS is_other_product
    FROM named
    GROUP BY week, source, model_id
),

mismatch AS (
    SELECT DISTINCT permaslug
    FROM reference.benchmark_mismatch
),

final AS (
    SELECT
        counted.week,
        counted.source,
        counted.model_id,
        counted.snapshot_at,
        counted.score,
        CASE
            WHEN counted.rows_found > 1 THEN 'two_rows'
            WHEN counted.score IS NULL THEN 'not_a_number'
            WHEN mismatch.permaslug IS NOT NULL THEN 'known_mismatch'
            WHEN counted.is_other_product THEN 'other_product'
        END AS refused_because
    FROM counted
    LEFT JOIN mismatch ON counted.model_permaslug = mismatch.permaslug
)

SELECT * FROM final
