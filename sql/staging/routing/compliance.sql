/*
---
description: >-
  Who may see data of a class: an author's models, or a provider that serves them. `*` is everybody
  without a row of their own; what no row allows is refused.
grain: kind × name × data_class
unique: [kind, name, data_class]
columns:
  kind: VARCHAR NOT NULL | - | author or provider
  name: VARCHAR NOT NULL | - | Slug, or * for everybody else
  data_class:
  is_allowed: BOOLEAN NOT NULL | - | Whether such data may go there
  basis: VARCHAR NOT NULL | - | Why
  dpa_status: VARCHAR NOT NULL | - | Whether an agreement on data processing is signed
  reviewed_on: DATE NOT NULL | day | When a person last looked at it
  reviewer: VARCHAR NOT NULL | - | Who looked
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
