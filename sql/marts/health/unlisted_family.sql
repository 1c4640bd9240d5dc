/*
---
description: >-
  Families that make a series incomplete: the author is that of the series, and the family fits no rule
  of warehouse/reference/series.csv or those of several series. Until a rule decides, the series has
  bounds: with the tokens of these families, and without.
empty: Empty where every family of a series' author fits one rule.
grain: week × series × family
unique: [week, series, family]
columns:
  week:
  series:
  family:
  membership:
  tokens: BIGINT NOT NULL | tokens | Listed tokens of the family; 0 in a week in which it is not listed
accepted:
  membership: [no_rule, several_series]
---
*/
SELECT
    week,
    series,
    family,
    membership,
    tokens
FROM core.series_family
WHERE membership <> 'sure'
