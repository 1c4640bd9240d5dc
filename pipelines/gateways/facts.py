"""What the warehouse knows of the models that a configuration names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pipelines.gateways.configuration import Hop
from pipelines.queries.published import Connection, Row, query

AS_OF = """
SELECT
    max(fetched_at) AS as_of,
    (SELECT cast(retirement_days AS INTEGER) FROM marts.parameters()) AS retirement_days
FROM marts.catalogue()
"""

OFFERS = """
WITH catalogue AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY model_id ORDER BY fetched_at DESC, week) AS place,
        max(fetched_at) OVER () AS newest
    FROM marts.catalogue()
),

-- Rank and evidence of the newest week are the same for every workload.
judged AS (
    SELECT
        model_id,
        min(vendor) AS vendor,
        min(rank) AS rank,
        min(evidence) AS evidence,
        min(capability_low) AS capability_low,
        bool_or(rejected_because IS NULL) AS is_candidate
    FROM marts.routing_candidate
    WHERE week = marts.latest_week()
    GROUP BY model_id
),

offer AS (
    SELECT
        catalogue.model_id,
        catalogue.model_permaslug,
        split_part(catalogue.model_permaslug, '/', 1) AS author,
        catalogue.variant,
        cast(catalogue.fetched_at AS DATE) AS last_seen,
        catalogue.fetched_at = catalogue.newest AS is_listed,
        catalogue.expiration_date AS retires_on,
        coalesce(
            least(catalogue.context_length, catalogue.served_context_length),
            catalogue.context_length
        ) AS context_length,
        catalogue.accepts_image,
        catalogue.supports_tools,
        catalogue.supported_parameters,
        catalogue.prompt_price,
        catalogue.completion_price,
        coalesce(judged.vendor, split_part(catalogue.model_permaslug, '/', 1)) AS vendor,
        judged.rank,
        judged.evidence,
        judged.capability_low,
        coalesce(judged.is_candidate, FALSE) AS is_candidate
    FROM catalogue
    LEFT JOIN judged ON catalogue.model_id = judged.model_id
    WHERE catalogue.place = 1
),

-- At least as good at the lower bound, able to do the same, and far cheaper both ways.
better AS (
    SELECT
        own.model_id,
        list(
            {
                'model_id': other.model_id,
                'evidence': other.evidence,
                'rank': other.rank,
                'factor': least(
                    own.prompt_price / other.prompt_price,
                    own.completion_price / other.completion_price
                ),
                'prompt_saving': own.prompt_price - other.prompt_price,
                'completion_saving': own.completion_price - other.completion_price
            }
            ORDER BY other.prompt_price + other.completion_price, other.model_id
        ) AS better
    FROM offer AS own
    INNER JOIN offer AS other
        ON
            other.is_listed AND other.is_candidate
            AND other.capability_low >= own.capability_low
            AND other.prompt_price <= $price_share * own.prompt_price
            AND other.completion_price <= $price_share * own.completion_price
            AND other.context_length >= $context_share * own.context_length
            AND (other.accepts_image OR NOT own.accepts_image)
            AND (other.supports_tools OR NOT own.supports_tools)
    WHERE
        own.is_listed AND other.retires_on IS NULL
        AND other.prompt_price > 0 AND other.completion_price > 0
    GROUP BY own.model_id
)

SELECT
    offer.* EXCLUDE (rank, capability_low, is_candidate),
    better.better
FROM offer
LEFT JOIN better ON offer.model_id = better.model_id
"""

NEAREST = """
WITH wanted AS (
    SELECT unnest($wanted) AS model_id
),

listed AS (
    SELECT model_id
    FROM marts.catalogue()
    WHERE fetched_at = (SELECT max(fetched_at) FROM marts.catalogue())
),

compared AS (
    SELECT DISTINCT
        wanted.model_id,
        listed.model_id AS nearest,
        jaro_winkler_similarity(
            wanted.model_id,
            -- A name without an author is compared with names alone.
            CASE
                WHEN contains(wanted.model_id, '/') THEN listed.model_id
                ELSE split_part(listed.model_id, '/', 2)
            END
        ) AS similarity,
        replace(lower(wanted.model_id), '.', '-') = replace(listed.model_id, '.', '-')
            AS is_same_name,
        split_part(wanted.model_id, ':', 1) = listed.model_id AS is_without_variant
    FROM wanted
    CROSS JOIN listed
    WHERE split_part(listed.model_id, ':', 2) IN ('', split_part(wanted.model_id, ':', 2))
),

numbered AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY model_id
            ORDER BY is_same_name DESC, is_without_variant DESC, similarity DESC, nearest
        ) AS place
    FROM compared
    WHERE similarity >= $least
)

SELECT model_id, nearest, is_same_name FROM numbered WHERE place = 1
"""

LEAST_SIMILARITY = 0.9
"""Of two ids that a person may have confused (Jaro and Winkler's measure, from 0 to 1)."""

COMPLIANCE = "SELECT kind, name, is_allowed FROM marts.compliance() WHERE data_class = $data_class"

ANY_AUTHOR = ("openrouter", "stealth")
"""Names in the place of an author for models that may be anybody's: of routers and unnamed ones."""


@dataclass(frozen=True)
class Facts:
    """What is known of models, by their id on OpenRouter.

    `as_of` is the instant of the newest catalogue. `nearest` contains for an id that it does not
    list the id that was probably meant, and whether both are the same name written differently.
    `authors` says who may see data of the class in question; `*` is every other author.
    `has_provider` is whether any provider may serve it.
    """

    as_of: datetime
    today: date
    data_class: str
    retirement_days: int
    offers: dict[str, Row]
    nearest: dict[str, tuple[str, bool]]
    authors: dict[str, bool]
    has_provider: bool

    @property
    def day(self) -> date:
        """The day of the newest catalogue."""
        return self.as_of.date()

    @property
    def known_parameters(self) -> set[str]:
        """Every parameter that any model accepts."""
        return {one for offer in self.offers.values() for one in parameters(offer) or ()}

    def may_see(self, author: str) -> bool:
        """Return whether the compliance matrix lets an author see data of the class.

        What may be of any author may see them only if no author is refused.
        """
        if author in ANY_AUTHOR:
            return self.authors.get("*", False) and all(self.authors.values())
        return self.authors.get(author, self.authors.get("*", False))

    def may_recommend(self, model_id: str) -> bool:
        """Return whether a listed model may be recommended for data of the class."""
        offer = self.offers[model_id]
        is_refused = self.data_class != "public" and is_free(offer)
        return self.may_see(offer["author"]) and self.has_provider and not is_refused

    def offer(self, hop: Hop) -> Row | None:
        """Return what is known of a hop; of one that goes elsewhere, of the model of that name."""
        if hop.model_id is None:
            return None
        exact = self.offers.get(hop.model_id)
        return exact if exact or hop.goes_to == "openrouter" else self._named(hop.model_id)

    def _named(self, model_id: str) -> Row | None:
        wanted = _spelled(model_id)
        return next((row for key, row in self.offers.items() if _spelled(key) == wanted), None)


def is_free(offer: Row) -> bool:
    """Return whether a model costs nothing."""
    return f"{offer['model_id']}".endswith(":free") or offer["prompt_price"] == 0


def parameters(offer: Row) -> set[str] | None:
    """Return the parameters that a model accepts; None if that is unknown."""
    listed = offer["supported_parameters"]
    return None if listed is None else {*listed.split("|")}


def read(
    connection: Connection,
    hops: Sequence[Hop],
    data_class: str,
    today: date,
    price_share: float,
    context_share: float,
) -> Facts:
    """Return what the published database knows of these hops.

    The better models of an offer, the cheapest first, cost at most `price_share` of its price, and
    have at least `context_share` of its context.
    """
    rows = query(connection, OFFERS, price_share=price_share, context_share=context_share)
    rows.sort(key=lambda row: row["is_listed"])  # of two ids with one slug the listed one counts
    offers = {row["model_permaslug"]: row for row in rows} | {row["model_id"]: row for row in rows}
    wanted = {hop.model_id for hop in hops if hop.model_id and hop.goes_to == "openrouter"}
    missing = sorted(one for one in wanted if one not in offers or not offers[one]["is_listed"])
    nearest = query(connection, NEAREST, wanted=missing, least=LEAST_SIMILARITY) if missing else []
    compliance = query(connection, COMPLIANCE, data_class=data_class)
    (newest,) = query(connection, AS_OF)
    return Facts(
        newest["as_of"],
        today,
        data_class,
        newest["retirement_days"],
        offers,
        {row["model_id"]: (row["nearest"], row["is_same_name"]) for row in nearest},
        {row["name"]: row["is_allowed"] for row in compliance if row["kind"] == "author"},
        any(row["is_allowed"] for row in compliance if row["kind"] == "provider"),
    )


def _spelled(model_id: str) -> str:
    """Return an id as it is compared by name: in lower case, dots as dashes."""
    return model_id.lower().replace(".", "-")
