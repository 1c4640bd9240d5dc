/*
---
description: >-
  The endpoints that store no data, from the newest list. The list does not contain the model's id.
  Empty where it was not fetched.
grain: provider_name × model_name × tag × quantization
unique: [provider_name, model_name, tag, quantization]
columns:
  fetched_at: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the newest list
  provider_name:
  model_name: VARCHAR | - | Name of the model; NULL where the list does not contain it
  tag: VARCHAR | - | The source's tag of the endpoint; NULL where the list does not contain it
  quantization: VARCHAR | - | Number format of the weights; NULL where the list does not contain it
  context_length: BIGINT | tokens | The longest of its endpoints; NULL is unknown
  endpoints: BIGINT NOT NULL | endpoints | Endpoints with these properties
---
*/
WITH listed AS (
    SELECT
        *,
        max(fetched_at) OVER () AS newest
    FROM lake.zero_retention_endpoints
),

final AS (
    SELECT
        fetched_at,
        provider_name,
        model_name,
        tag,
        quantization,
        max(context_length) AS context_length,
        count(*) AS endpoints
    FROM listed
    WHERE fetched_at = newest
    GROUP BY fetched_at, provider_name, model_name, tag, quantization
)

SELECT * FROM final
