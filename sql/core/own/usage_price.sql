/*
---
description: >-
  The one list price that own tokens of a week are repriced at, under the names that the rankings use: the
  last catalogue fetched from that Monday to the Tuesday after, by prompt length. A cache price that is not
  listed is the prompt price. Without own records there is no row.
grain: price_week × model_permaslug × from_tokens
unique: [price_week, model_permaslug, from_tokens]
columns:
  price_week: DATE NOT NULL | Monday | The week whose prices these are
  model_permaslug:
  from_tokens:
  before_tokens:
  prompt_price: DOUBLE NOT NULL
  completion_price: DOUBLE NOT NULL
  read_price: DOUBLE NOT NULL | USD per million tokens | Price of a prompt token read from the cache
  write_price: DOUBLE NOT NULL | USD per million tokens | Price of a prompt token written to the cache
  is_length_known: BOOLEAN NOT NULL | - | Whether that week's catalogue lists prices by prompt length at all
---
*/
WITH conditional AS (
    SELECT DISTINCT week
    FROM core.price_condition
),

recorded AS (
    SELECT count(*) AS names
    FROM core.usage_model
),

final AS (
    SELECT
        listed.week AS price_week,
        listed.model_permaslug,
        band.from_tokens,
        band.before_tokens,
        band.prompt_price,
        band.completion_price,
        coalesce(band.cache_read_price, band.prompt_price) AS read_price,
        coalesce(band.cache_write_price, band.prompt_price) AS write_price,
        conditional.week IS NOT NULL AS is_length_known
    FROM core.list_price AS listed
    INNER JOIN core.price_band AS band
        ON listed.week = band.week AND listed.model_id = band.model_id
    INNER JOIN recorded ON recorded.names > 0
    LEFT JOIN conditional ON listed.week = conditional.week
)

SELECT * FROM final
