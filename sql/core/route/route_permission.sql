/*
---
description: >-
  Whether data of a class may go to an author's models, or to a provider that serves them: a row of the
  compliance matrix with the name beats the one for everybody (`*`), and without either it is unknown.
grain: data_class × kind × name
unique: [data_class, kind, name]
columns:
  data_class:
  kind: VARCHAR NOT NULL | - | What the name is, author or provider
  name: VARCHAR NOT NULL | - | Slug, or * for every provider without a row of its own
  permission:
accepted:
  kind: [author, provider]
  permission: [allowed, refused, unknown]
---
*/
WITH subject AS (
    SELECT
        'author' AS kind,
        author AS name
    FROM core.route_offer
    UNION
    SELECT
        'provider' AS kind,
        name
    FROM staging.compliance
    WHERE kind = 'provider'
    UNION
    SELECT
        'provider' AS kind,
        provider AS name
    FROM core.route_provider
    UNION
    SELECT
        'provider' AS kind,
        '*' AS name
),

data_class AS (
    SELECT DISTINCT data_class FROM staging.workload
),

final AS (
    SELECT
        data_class.data_class,
        subject.kind,
        subject.name,
        CASE
            WHEN own.is_allowed THEN 'allowed'
            WHEN NOT own.is_allowed THEN 'refused'
            WHEN everybody.is_allowed THEN 'allowed'
            WHEN NOT everybody.is_allowed THEN 'refused'
            ELSE 'unknown'
        END AS permission
    FROM subject
    CROSS JOIN data_class
    LEFT JOIN staging.compliance AS own
        ON
            subject.kind = own.kind
            AND subject.name = own.name
            AND data_class.data_class = own.data_class
    LEFT JOIN staging.compliance AS everybody
        ON
            subject.kind = everybody.kind
            AND everybody.name = '*'
            AND data_class.data_class = everybody.data_class
)

SELECT * FROM final
