/*
---
description: The blocs, by where a model's developer has its headquarters.
grain: bloc
unique: [bloc]
columns:
  bloc:
  is_attributed: BOOLEAN NOT NULL | - | Whether the bloc is a known origin
---
*/
WITH final AS (
    SELECT
        'CN' AS bloc,
        TRUE AS is_attributed
    UNION ALL
    SELECT
        'US' AS bloc,
        TRUE AS is_attributed
    UNION ALL
    SELECT
        'OTHER' AS bloc,
        TRUE AS is_attributed
    UNION ALL
    SELECT
        'STEALTH' AS bloc,
        FALSE AS is_attributed
    UNION ALL
    SELECT
        'UNATTRIBUTED' AS bloc,
        FALSE AS is_attributed
)

SELECT * FROM final
