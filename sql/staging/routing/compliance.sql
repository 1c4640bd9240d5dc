/*
---
description: >-
  Which authors' models and which providers may process data of a class. `*` applies to names without
  a row of their own. What no row allows is refused.
grain: kind × name × data_class
unique: [kind, name, data_class]
columns:
  kind: VARCHAR NOT NULL | - | author or provider
  name: VARCHAR NOT NULL | - | Slug, or * for all others
  data_class:
  is_allowed: BOOLEAN NOT NULL | - | Whether such data may be sent there
  basis: VARCHAR NOT NULL | - | Reason for the decision
  dpa_status: VARCHAR NOT NULL | - | Whether a data processing agreement is signed
  reviewed_on: DATE NOT NULL | day | When a person last reviewed it
  reviewer: VARCHAR NOT NULL | - | Who reviewed it
accepted:
  kind: [author, provider]
  data_class: [public, internal, pii, secrets]
  dpa_status: [none, signed, n/a]
checks:
  more than public needs a signature: NOT is_allowed OR data_class = 'public' OR dpa_status = 'signed'
---
*/
SELECT
    kind,
    name,
    data_class,
    is_allowed,
    basis,
    dpa_status,
    reviewed_on,
    reviewer
FROM reference.compliance
