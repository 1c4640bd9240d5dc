/*
---
description: The benchmarks that represent a workload, on the scale of the capabilities index.
grain: workload × benchmark
unique: [workload, benchmark]
columns:
  workload:
  benchmark: VARCHAR NOT NULL | - | Name of the benchmark
  difficulty: DOUBLE NOT NULL | points | Index at which half of the benchmark is solved
  slope: DOUBLE NOT NULL | per point | Slope of success at that index
checks:
  it rises: slope > 0
---
*/
SELECT
    workload.workload,
    benchmark.benchmark,
    benchmark.difficulty,
    benchmark.slope
FROM staging.workload
INNER JOIN reference.benchmark
    ON strpos('|' || workload.benchmarks || '|', '|' || benchmark.benchmark || '|') > 0
