/*
---
description: >-
  The catalogue of a week: every model on offer, at the last price in the catalogues fetched from that
  Monday to the Tuesday after the week.
grain: week × model_id
unique: [week, model_id]
columns:
  week: DATE NOT NULL | Monday | The ISO week the prices belong to
  model_id:
  canonical_slug: VARCHAR NOT NULL | - | The rankings' permaslug without variant; the id where unknown
  slug_is_canonical: BOOLEAN NOT NULL | - | Whether the catalogue names the slug; else it is the id
  variant:
  model_permaslug:
  name: VARCHAR NOT NULL | - | Name as the catalogue prints it
  fetched_at: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the catalogue that contains the row
  context_length:
  served_context_length:
  accepts_image:
  returns_text:
  supports_tools:
  supports_structured_output:
  supported_parameters: VARCHAR | - | Parameters that a request may have, joined by |; NULL is unknown
  prompt_price: DOUBLE | USD per million tokens | NULL is unknown; a price below zero is unknown too
  completion_price: DOUBLE | USD per million tokens | NULL is unknown; below zero is unknown too
  cache_read_price:
  cache_write_price:
  is_disputed:
  price_overrides: VARCHAR | - | Conditional prices in USD per token, as the catalogue prints them (JSON)
  override_from_prompt_tokens: BIGINT | tokens | Prompt length from which other prices apply; NULL is none
  created_on:
  expiration_date:
  hugging_face_id: VARCHAR | - | Where the weights are published; NULL proves nothing
  is_still_listed:
checks:
  no price is below zero: coalesce(least(prompt_price, completion_price), 0) >= 0
---
*/
WITH last_seen AS (
    SELECT
        fetch_week.week,
        price.model_id,
        max(price.fetched_at) AS fetched_at
    FROM staging.fetch_week
    INNER JOIN staging.price_vintage AS price ON fetch_week.fetched_at = price.fetched_at
    GROUP BY fetch_week.week, price.model_id
),

newest_vintage AS (
    SELECT
        week,
        max(fetched_at) AS fetched_at
    FROM last_seen
    GROUP BY week
),

priced AS (
    SELECT
        last_seen.week,
        offer.model_id,
        offer.canonical_slug,
        offer.name,
        offer.fetched_at,
        offer.context_length,
        offer.served_context_length,
        list_contains(offer.input_modalities, 'image') AS accepts_image,
        list_contains(offer.output_modalities, 'text') AS returns_text,
        list_contains(offer.supported_parameters, 'tools') AS supports_tools,
        list_contains(offer.supported_parameters, 'structured_outputs') AS supports_structured_output,
        nullif(array_to_string(offer.supported_parameters, '|'), '') AS supported_parameters,
        cast(offer.prompt_price AS DECIMAL(24, 15)) AS prompt_usd,
        cast(offer.completion_price AS DECIMAL(24, 15)) AS completion_usd,
        offer.price_overrides,
        offer.override_from_prompt_tokens,
        offer.created_at,
        offer.expiration_date,
        offer.hugging_face_id,
        price.prompt_price,
        price.completion_price,
        price.cache_read_price,
        price.cache_write_price,
        price.is_disputed,
        price.is_repeated,
        last_seen.fetched_at = newest_vintage.fetched_at AS is_still_listed
    FROM last_seen
    INNER JOIN newest_vintage ON last_seen.week = newest_vintage.week
    INNER JOIN lake.models AS offer
        ON
            last_seen.model_id = offer.model_id
            AND last_seen.fetched_at = offer.fetched_at
    INNER JOIN staging.price_vintage AS price
        ON
            last_seen.model_id = price.model_id
            AND last_seen.fetched_at = price.fetched_at
),

-- A response may contain a model twice; few do, and only their rows are put in order.
numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, model_id
            ORDER BY canonical_slug, prompt_usd, completion_usd, served_context_length
        ) AS place
    FROM priced
    WHERE is_repeated
    UNION ALL
    SELECT
        *,
        1 AS place
    FROM priced
    WHERE NOT is_repeated
),

named AS (
    SELECT
        *,
        coalesce(canonical_slug, split_part(model_id, ':', 1)) AS slug,
        nullif(substring(model_id, length(split_part(model_id, ':', 1)) + 2), '') AS variant
    FROM numbered
    WHERE place = 1
),

final AS (
    SELECT
        named.week,
        named.model_id,
        named.slug AS canonical_slug,
        named.canonical_slug IS NOT NULL AS slug_is_canonical,
        coalesce(named.variant, 'standard') AS variant,
        named.slug || coalesce(':' || named.variant, '') AS model_permaslug,
        named.name,
        named.fetched_at,
        named.context_length,
        named.served_context_length,
        named.accepts_image,
        named.returns_text,
        named.supports_tools,
        named.supports_structured_output,
        named.supported_parameters,
        named.prompt_price,
        named.completion_price,
        named.cache_read_price,
        named.cache_write_price,
        named.is_disputed,
        named.price_overrides,
        named.override_from_prompt_tokens,
        cast(named.created_at AS DATE) AS created_on,
        named.expiration_date,
        named.hugging_face_id,
        named.is_still_listed
    FROM named
)

SELECT * FROM final
