/*
---
description: The benchmarks that stand in for a workload, on the scale of the capabilities index.
grain: stratum × benchmark
unique: [stratum, benchmark]
columns:
  stratum: VARCHAR NOT NULL | - | Name of the workload
  benchmark: VARCHAR NOT NULL | - | Name of the benchmark
  difficulty: DOUBLE NOT NULL | points | Index at which half of it is solved
  slope: DOUBLE NOT NULL | per point | How steeply success rises there
checks:
  it rises: slope > 0
---
*/
SELECT
    stratum.stratum,
    benchmark.benchmark,
    benchmark.difficulty,
    benchmark.slope
FROM staging.stratum
INNER JOIN reference.benchmark
    ON strpos('|' || stratum.benchmarks || '|', '|' || benchmark.benchmark || '|') > 0
