/*
---
description: >-
  The benchmarks that represent a workload, on the scale of the capabilities index, one row for each
  day of the index.
grain: workload × benchmark × measured_on
unique: [workload, benchmark, measured_on]
columns:
  workload:
  benchmark: VARCHAR NOT NULL | - | Name of the benchmark
  difficulty: DOUBLE NOT NULL | points | Index at which half of the benchmark is solved
  slope: DOUBLE NOT NULL | per point | Slope of success at that index
  measured_on: DATE NOT NULL | UTC day | Day of the index that contains the difficulty
checks:
  it rises: slope > 0
---
*/
SELECT
    workload.workload,
    benchmark.benchmark,
    benchmark.difficulty,
    benchmark.slope,
    benchmark.recorded_on AS measured_on
FROM staging.workload
INNER JOIN reference.benchmark
    ON strpos('|' || workload.benchmarks || '|', '|' || benchmark.benchmark || '|') > 0
