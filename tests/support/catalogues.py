"""Made-up catalogues of some weeks: who may serve a workload, at which price, by hand."""

import json
import random
import statistics
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pipelines.models import definition
from pipelines.reference.loader import TABLES, load

Row = dict[str, Any]
WEEK = timedelta(days=7)
FIRST = date(2026, 3, 2)
KINDS = ("prompt", "completion", "cache_read", "cache_write")
ORIGINS = {"acme": "US", "acme-labs": "US", "bolt": "CN", "cora": "OTHER", "dune": "UNATTRIBUTED"}
VENDORS = {"acme-labs": "acme"}
BASIS = {"source": "test", "recorded_on": FIRST}
LONG = {"min_prompt_tokens": 16000, "prompt": "0.000004", "input_cache_read": "0.000001"}
PARAMETERS = {row["parameter"]: row["value"] for row in load("parameter").to_pylist()}


def made_up(seed: int) -> dict[str, list[Row]]:
    """Return the tables that eligibility and cost follow from, by name, for some weeks and models.

    Prices rise, fall for some days or for good, and are missing; models vanish and return.
    """
    chance = random.Random(seed)  # noqa: S311
    weeks = [FIRST + number * WEEK for number in range(chance.randint(5, 8))]
    fetches = [
        datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC) + timedelta(days=after)
        for day in weeks
        for after in chance.choice([(3, 7), (7,), (1, 4, 7)])
    ]
    models = [_model(chance, number, weeks) for number in range(8)]
    offers = [_offer(chance, model, at) for model in models for at in _listed(chance, fetches)]
    workloads = [_workload(chance, number) for number in range(4)]
    used = [(week, one) for week in weeks for one in models if chance.random() < one["use"]]
    return {
        "staging.catalogue": [row for week in weeks for row in _of_week(week, offers, fetches)],
        "staging.price_vintage": offers,
        "core.week": [
            {"week": week, "previous_week": week - WEEK, "source": "daily_rows"}
            | {"is_complete": week == weeks[0] or chance.random() < 0.9}
            for week in weeks
        ],
        "core.model_week": [
            {"week": week, "model_permaslug": one["model_id"], "rank": chance.randint(1, 60)}
            for week, one in used
        ],
        "core.model_origin": [
            {"week": week, "model_permaslug": one["model_id"]}
            | {name: one[name] for name in ("author", "vendor", "bloc")}
            for week in weeks
            for one in models
        ],
        "core.model": [
            {"model_permaslug": one["model_id"], "cache_write_multiplier": one["multiplier"]}
            for one in models
        ],
        "core.quality": [
            {"week": week, "workload": work["workload"], "model_id": one["model_id"]}
            | {"evidence": "index", "is_inferred": False}
            for week in weeks
            for work in workloads
            for one in models
            if one["has_evidence"]
        ],
        "reference.workloads": workloads,
        "reference.compliance": _matrix(chance),
        "reference.deploy_policy": _policy(chance),
    }


def _model(chance: random.Random, number: int, weeks: list[date]) -> Row:
    author = chance.choice(list(ORIGINS))
    usd = chance.choice([0.1, 0.5, 1.0, 3.0])
    return {
        "model_id": f"{author}/m{number}",
        "author": author,
        "vendor": VENDORS.get(author, author),
        "bloc": ORIGINS[author],
        "multiplier": chance.choice([1.0, 1.25]),
        "use": chance.choice([0.5, 1, 1, 1]),
        "has_evidence": chance.random() < 0.8,
        "usd": {
            "prompt": usd,
            "completion": 4 * usd,
            "cache_read": chance.choice([None, 0.1 * usd]),
            "cache_write": chance.choice([None, 1.25 * usd]),
        },
        "facts": {
            "context_length": chance.choice([None, 30000] + [200000] * 9),
            "accepts_image": chance.choice([True, False, None]),
            "returns_text": chance.choice([True] * 15 + [None, False]),
            "supports_tools": chance.choice([True] * 5 + [False, None]),
            "created_on": chance.choice([FIRST - 9 * WEEK, None, weeks[-1], *[weeks[0]] * 4]),
            "expiration_date": chance.choice([None] * 5 + [weeks[-1] + 5 * WEEK]),
            "price_overrides": json.dumps(chance.choice([[], [], [], [LONG], [{"hours": "9-5"}]])),
        },
    }


def _listed(chance: random.Random, fetches: list[datetime]) -> list[datetime]:
    """Return the catalogues that contain a model: all, or all but some in a row."""
    gone = chance.randrange(len(fetches)) if chance.random() < 0.3 else len(fetches)
    return fetches[:gone] + fetches[gone + chance.randint(1, 4) :]


def _offer(chance: random.Random, model: Row, fetched_at: datetime) -> Row:
    """Return a model's prices in one catalogue; now and then they change for good."""
    if chance.random() < 0.12:
        factor = chance.choice([0.06, 0.49, 0.5, 0.51, 1.3, 2, 16])
        model["usd"] = {kind: usd and usd * factor for kind, usd in model["usd"].items()}
    is_unknown = chance.random() < 0.03
    prices = {f"{kind}_price": None if is_unknown else usd for kind, usd in model["usd"].items()}
    slug = {"model_id": model["model_id"], "model_permaslug": model["model_id"]}
    return {"fetched_at": fetched_at, "is_disputed": False, **slug, **prices, **model["facts"]}


def _of_week(week: date, offers: list[Row], fetches: list[datetime]) -> list[Row]:
    """Return the catalogue of a week: each model as it was last listed up to the Tuesday after."""
    days = week, week + WEEK + timedelta(days=1)
    newest = max(at for at in fetches if days[0] <= at.date() <= days[1])
    last = {}
    for one in sorted(offers, key=lambda row: row["fetched_at"]):
        if days[0] <= one["fetched_at"].date() <= days[1]:
            is_listed = one["fetched_at"] == newest
            last[one["model_id"]] = one | {"week": week, "is_still_listed": is_listed}
    return [row | {"variant": "standard"} for row in last.values()]


def _workload(chance: random.Random, number: int) -> Row:
    trips, start = chance.choice([1, 3, 20]), 8000
    row = {
        "workload": f"w{number}",
        "description": "made up",
        "round_trips": trips,
        "context_start_tokens": start,
        "context_end_tokens": start if trips == 1 else chance.choice([start, 32000]),
        "output_tokens": 500,
        "tasks_per_day": 10,
        "needs_image": chance.random() < 0.2,
        "needs_tools": chance.random() < 0.5,
        "needs_structured_output": False,
        "data_class": chance.choice(["public", "public", "internal"]),
        "benchmarks": ["any"],
        "quality_floor": 0.5,
    }
    return TABLES["workloads"].contract.model_validate(row).model_dump()


def _matrix(chance: random.Random) -> list[Row]:
    signed = [author for author in ORIGINS if chance.random() < 0.2]
    names = [("*", "public", True), ("*", "internal", False)]
    names += [(author, "internal", True) for author in signed]
    more = {"basis": "test", "reviewed_on": FIRST, "reviewer": "a person", **BASIS}
    return [
        {"kind": "author", "name": name, "data_class": data_class, "is_allowed": is_allowed}
        | {"dpa_status": "signed", **more}
        for name, data_class, is_allowed in names
    ]


def _policy(chance: random.Random) -> list[Row]:
    found = chance.choice(
        [
            [],
            [("*", "origin", "CN", "ban")],
            [("*", "origin", name, "allow") for name in ("US", "CN", "OTHER")],
            [("w0", "origin", "US", "allow"), ("w1", "vendor", "acme-labs", "ban")],
            [("w2", "vendor", "acme", "allow"), ("*", "model", "bolt/m1", "ban")],
        ]
    )
    names = ("workload", "kind", "name", "rule")
    return [dict(zip(names, one, strict=True)) | BASIS for one in found]


class ByHand:
    """Rules and prices of one made-up world, read off its tables without SQL."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self.tables = tables
        self.weeks = [row["week"] for row in tables["core.week"] if row["is_complete"]]
        self.ranks = {
            (row["week"], row["model_permaslug"]): row["rank"] for row in tables["core.model_week"]
        }
        self.multiplier = {
            row["model_permaslug"]: row["cache_write_multiplier"] for row in tables["core.model"]
        }
        self.known = {
            (row["week"], row["workload"], row["model_id"]) for row in tables["core.quality"]
        }

    def reason(self, offer: Row, work: Row) -> str | None:
        """Return the code of the first rule that keeps an offer out of a workload."""
        rules = (*self._listing(offer), *_features(offer, work))
        rules += (*self._policies(offer, work), *self._timing(offer, work))
        return next((name for name, is_broken in rules if is_broken), None)

    def _listing(self, offer: Row) -> tuple[tuple[str, bool], ...]:
        conditions = json.loads(offer["price_overrides"])
        return (
            ("no_longer_listed", not offer["is_still_listed"]),
            ("price_unknown_or_zero", not (offer["prompt_price"] and offer["completion_price"])),
            ("price_is_conditional", any("min_prompt_tokens" not in one for one in conditions)),
        )

    def _policies(self, offer: Row, work: Row) -> tuple[tuple[str, bool], ...]:
        author = offer["model_id"].split("/")[0]
        vendor = VENDORS.get(author, author)
        family = {vendor, author, *(name for name, of in VENDORS.items() if of == vendor)}
        named = {
            (row["kind"], row["name"]): row["rule"]
            for row in self.tables["reference.deploy_policy"]
            if row["workload"] in ("*", work["workload"])
        }
        unknown = ORIGINS[author] == "UNATTRIBUTED" and any(kind == "origin" for kind, _ in named)
        return (
            ("data_policy_forbids", self._is_refused(author, work["data_class"])),
            ("origin_not_allowed", unknown or _is_out(named, "origin", {ORIGINS[author]})),
            ("vendor_not_allowed", _is_out(named, "vendor", family)),
            ("model_not_allowed", _is_out(named, "model", {offer["model_id"]})),
        )

    def _is_refused(self, author: str, data_class: str) -> bool:
        """Return whether others may see the data and this author may not."""
        matrix = {
            row["name"]: row["is_allowed"]
            for row in self.tables["reference.compliance"]
            if row["data_class"] == data_class
        }
        offered = {row["author"] for row in self.tables["core.model_origin"]}
        listed = {row["model_id"].split("/")[0] for row in self.tables["staging.catalogue"]}
        anybody = any(matrix.get(one, matrix["*"]) for one in offered & listed)
        return anybody and not matrix.get(author, matrix["*"])

    def _timing(self, offer: Row, work: Row) -> tuple[tuple[str, bool], ...]:
        decided, born, dies = offer["week"] + WEEK, offer["created_on"], offer["expiration_date"]
        past = [week for week in self.weeks if offer["week"] - 3 * WEEK <= week <= offer["week"]]
        adopted = [self.ranks.get((week, offer["model_id"]), 99) <= 50 for week in past]
        return (
            ("age_unknown", born is None),
            ("listed_too_recently", bool(born) and decided < born + timedelta(days=14)),
            ("retires_too_soon", bool(dies) and dies <= decided + timedelta(days=30)),
            (
                "no_quality_evidence",
                (offer["week"], work["workload"], offer["model_id"]) not in self.known,
            ),
            ("not_adopted", sum(adopted) < min(len(past), 3)),
        )

    def cost(self, offer: Row, work: Row, is_compared: bool) -> float:
        """Return USD a task: request by request, at list prices or at those before a promotion."""
        factor = self.factors(offer) if is_compared else {}
        usd, before = 0.0, 0.0
        for trip in range(work["round_trips"]):
            grown = work["context_end_tokens"] - work["context_start_tokens"]
            prompt = work["context_start_tokens"] + trip * grown / max(work["round_trips"] - 1, 1)
            price = {
                kind: value and value * factor.get(kind, 1)
                for kind, value in _prices(offer, prompt).items()
            }
            if price["cache_read"] is None or work["round_trips"] == 1:
                usd += prompt * price["prompt"]
            else:
                write = price["cache_write"]
                write = write or price["prompt"] * self.multiplier[offer["model_id"]]
                cached = PARAMETERS["cache_hit"] * before
                usd += (prompt - cached) * write + cached * price["cache_read"]
            usd += work["output_tokens"] * price["completion"]
            before = prompt
        return usd / 1e6

    def factors(self, offer: Row) -> dict[str, float]:
        """Return median over list price for each kind that fell by half or more in 28 days."""
        today = offer["fetched_at"].date()
        found = {}
        for kind in KINDS:
            prices = [self.on(offer, kind, today - timedelta(days=ago)) for ago in range(28)]
            known = [price for price in prices if price is not None]
            if prices[0] and prices[0] <= 0.5 * statistics.median(known):
                found[kind] = statistics.median(known) / prices[0]
        return found

    def on(self, offer: Row, kind: str, day: date) -> float | None:
        """Return the price of a day: that of its last catalogue, or of one up to 13 days before."""
        seen = {
            row["fetched_at"]: row[f"{kind}_price"]
            for row in self.tables["staging.price_vintage"]
            if row["model_id"] == offer["model_id"]
            and row[f"{kind}_price"] is not None
            and 0 <= (day - row["fetched_at"].date()).days < 14
        }
        return seen[max(seen)] if seen else None


def _features(offer: Row, work: Row) -> tuple[tuple[str, bool], ...]:
    context, image, text = (
        offer[name] for name in ("context_length", "accepts_image", "returns_text")
    )
    tools = offer["supports_tools"]
    return (
        ("context_unknown", context is None),
        ("context_too_short", context is not None and context < 1.25 * work["context_end_tokens"]),
        ("modality_unknown", text is None or (work["needs_image"] and image is None)),
        ("returns_no_text", text is False),
        ("takes_no_images", work["needs_image"] and image is False),
        ("tools_unknown", work["needs_tools"] and tools is None),
        ("calls_no_tools", work["needs_tools"] and tools is False),
    )


def _is_out(named: dict[tuple[str, str], str], kind: str, names: set[str]) -> bool:
    """Return whether a rule bans one of the names, or rules admit others only."""
    own = {rule for (of, name), rule in named.items() if of == kind and name in names}
    admits = any(rule == "allow" for (of, _), rule in named.items() if of == kind)
    return "ban" in own or (admits and not own)


def _prices(offer: Row, prompt: float) -> dict[str, float | None]:
    """Return the prices of a prompt of this length."""
    found = {kind: offer[f"{kind}_price"] for kind in KINDS}
    for condition in json.loads(offer["price_overrides"]):
        if prompt >= condition["min_prompt_tokens"]:
            found["prompt"] = 1e6 * float(condition["prompt"])
            found["cache_read"] = 1e6 * float(condition["input_cache_read"])
    return found


COMPARED = ("core.route_verdict", "core.route_cost", "core.route_ban")


def between(given: set[str]) -> list[definition.Model]:
    """Return the models that lead from given tables to verdicts and costs, in their order."""
    models, wanted = {one.name: one for one in definition.load()}, set(COMPARED)
    needed: set[str] = set()
    while wanted - needed:
        needed |= wanted
        wanted = {
            name
            for one in needed
            for name in models[one].inputs
            if name in models and name not in given
        }
    return [one for one in definition.load() if one.name in needed]
