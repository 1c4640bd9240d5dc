/*
---
description: >-
  The endpoints that keep no data, as the newest list names them. The list does not say the id of the
  model; empty where it was not snapshotted.
grain: provider_name × model_name × tag × quantization
unique: [provider_name, model_name, tag, quantization]
columns:
  fetched_at: TIMESTAMP WITH TIME ZONE NOT NULL | UTC | Instant of the newest list
  provider_name: VARCHAR NOT NULL | - | Who serves
  model_name: VARCHAR | - | Name of the model; NULL where the list does not say
  tag: VARCHAR | - | The source's tag of the endpoint; NULL where the list does not say
  quantization: VARCHAR | - | Number format of the weights; NULL where the list does not say
  context_length: BIGINT | tokens | The longest of its endpoints; NULL is unknown
  endpoints: BIGINT NOT NULL | endpoints | Endpoints of that description
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
