"""Configurations in the shapes that people have, checked against the sample's catalogues."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import json5
import pytest
import yaml

from pipelines.errors import RefusalError
from pipelines.gateways import lint, reader, watch
from pipelines.gateways.findings import Finding
from pipelines.gateways.lint import Checked
from pipelines.queries.published import Connection, query, reading
from pipelines.settings import ROOT, LintFile
from pipelines.words import gateways as words
from pipelines.words.language import english, languages
from tests.conftest import tokenhouse
from tests.unit.gateways.test_probe_facts import leaves

FOLDER = Path(__file__).parents[2] / "support" / "configurations"
INCLUDING = FOLDER / "openclaw-include" / "openclaw.json"
CANARY = "CANARY-7f3a"
TODAY = date(2026, 9, 15)
KEY = f"sk-or-v1-{'0123456789abcdef' * 4}"

EXPECTED = {
    "openclaw-onboarded.json5": {("no_fallback", "main", 8)},
    "openclaw-server-failover.json5": {("one_key", "", 10)},
    "openclaw-include/openclaw.json": {
        ("gone", "openrouter/x-ai/grok-3", 2),
        ("no_fallback", "defaults", 2),
        ("one_key", "", 4),
        ("one_vendor", "writer", 4),
        ("shorter_hop", "openrouter/openai/gpt-5-mini", 7),
        ("slow_failover", "writer", 4),
    },
    "openclaw-legacy.json": {
        ("gone", "openrouter/deepseek/deepseek-v3.2-speciale", 11),
        ("no_fallback", "cheap", 11),
        ("no_fallback", "defaults (imageModel)", 5),
        ("not_allowed", "openrouter/deepseek/deepseek-v3.2-speciale", 11),
        ("one_key", "", 4),
        ("slow_failover", "defaults", 4),
    },
    "openclaw-first.json": {
        ("first_dialect", "agent", 2),
        ("gone", "openrouter/openai/gpt-4-0314", 3),
        ("no_fallback", "defaults", 3),
    },
    "openclaw-defaults-only.json5": {
        ("gone", "openrouter/x-ai/grok-3", 8),
        ("hop_without_image", "openrouter/z-ai/glm-5.2", 5),
        ("not_allowed_before", "openrouter/moonshotai/kimi-k3", 5),
        ("one_key", "", 5),
        ("slow_failover", "defaults", 5),
    },
    "openclaw-stamped.json": {
        ("not_allowed", "openrouter/z-ai/glm-5.2", 6),
        ("not_selectable", "openrouter/moonshotai/kimi-k3", 7),
        ("one_key", "", 5),
        ("slow_failover", "defaults", 5),
    },
    "litellm-default-fallbacks.yaml": {("one_key", "", 3)},
    "openclaw-two-dialects.json5": {
        ("hop_without_image", "openrouter/z-ai/glm-4.5", 5),
        ("no_ownership", "agents.entries", 4),
        ("retired", "openrouter/openai/gpt-5.2-chat", 5),
        ("retires", "openrouter/z-ai/glm-4.5", 5),
        ("slow_failover", "main", 5),
        ("slow_failover", "other", 6),
        ("two_dialects", "agents.list", 3),
    },
    "openclaw-direct.json5": {
        ("no_owner", "agents.entries", 4),
        ("other_provider", "anthropic/claude-sonnet-4-6", 7),
        ("other_provider", "openai/gpt-oss-20b:free", 11),
        ("other_provider", "z-ai/glm-5.2", 11),
    },
    "openclaw-require-parameters.json5": {
        ("one_key", "", 4),
        ("parameter_refused", "openrouter/z-ai/glm-5.2", 5),
        ("slow_failover", "defaults", 4),
    },
    "litellm-plain.yaml": {
        ("gone", "openrouter/openai/gpt-4-0314", 5),
        ("no_fallback_at_all", "", 3),
        ("no_timeout", "", 3),
    },
    "litellm-fallbacks.yaml": {
        ("alias_without_fallback", "see", 9),
        ("hop_without_image", "openrouter/deepseek/deepseek-v3.2", 5),
        ("hop_without_image", "openrouter/thedrummer/rocinante-12b", 7),
        ("hop_without_tools", "openrouter/thedrummer/rocinante-12b", 7),
        ("one_key", "", 2),
        ("parameter_ignored", "openrouter/deepseek/deepseek-v3.2", 5),
        ("shorter_hop", "openrouter/deepseek/deepseek-v3.2", 5),
        ("shorter_hop", "openrouter/thedrummer/rocinante-12b", 7),
        ("unknown_group", "large", 12),
    },
    "litellm-whole.yaml": {("one_key", "", 7)},
    "litellm-api-base.yaml": {("other_provider", "anthropic/claude-sonnet-5-20260601", 6)},
    "litellm-free.yaml": {
        ("gone", "openrouter/openai/gpt-oss-120b:free", 9),
        ("no_fallback_at_all", "", 2),
    },
    "opencode.json": set(),
    "opencode-premium.jsonc": {
        ("no_fallback_at_all", "", 3),
    },
    "opencode-typo.json": {
        ("no_fallback_at_all", "", 3),
        ("unknown", "openrouter/anthropic/claude-sonnet-4-6", 3),
        ("unknown", "openrouter/example/never-heard-of-it", 6),
        ("unknown", "openrouter/openai/gtp-5.4-mini", 5),
    },
}
"""What is found in each for public data, but for prices: code, subject, line."""

DOMINATED = {
    "litellm-plain.yaml": {("openrouter/anthropic/claude-haiku-4.5", 9)},
    "opencode-premium.jsonc": {
        ("openrouter/anthropic/claude-haiku-4.5", 4),
        ("openrouter/anthropic/claude-opus-4.6", 3),
    },
}

PRIVATE = {
    "openclaw-server-failover.json5": {"author_refused", "not_checked"},
    "litellm-free.yaml": {"author_refused", "free_with_private_data", "provider_open"},
    "openclaw-direct.json5": {"author_refused", "not_checked", "provider_open"},
}
"""The codes that are added for internal data, for which nothing is signed."""


@pytest.fixture(scope="module")
def sample(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """What the sample published, opened once: opening it takes longer than a check.

    It is a copy, as a process opens a file with one configuration only.
    """
    copy = Path(shutil.copy(database, tmp_path_factory.mktemp("sample")))
    with reading(copy) as connection:
        yield connection


def found_in(sample: Connection, path: Path, data_class: str = "public") -> Checked:
    _, (found,) = lint.check(sample, [path], data_class, today=TODAY)
    return found


def checked(sample: Connection, name: str, data_class: str = "public") -> Checked:
    return found_in(sample, FOLDER / name, data_class)


def codes(found: Checked) -> set[str]:
    return {one.code for one in found.findings}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_found_and_where(sample: Connection, name: str) -> None:
    found = checked(sample, name)
    places = {(one.code, one.subject, one.place.line) for one in found.findings}
    assert {one for one in places if one[0] != "dominated"} == EXPECTED[name]


@pytest.mark.parametrize("name", PRIVATE)
def test_what_internal_data_adds(sample: Connection, name: str) -> None:
    added = codes(checked(sample, name, "internal")) - codes(checked(sample, name))
    assert added == PRIVATE[name]


def test_every_rule_is_true_of_a_configuration_and_false_of_another() -> None:
    known = set(languages()[0].words["gateways"]["finding"])
    found = [{code for code, _, _ in one} for one in EXPECTED.values()]
    found += [*PRIVATE.values(), {"dominated"}, {"any_author"}]
    assert set().union(*found) == known
    for code in known:
        assert any(code not in one for one in found), code
    assert len(EXPECTED) >= 12


def test_the_page_says_how_many_findings_these_configurations_get(sample: Connection) -> None:
    _, found = lint.check(sample, [FOLDER / name for name in EXPECTED])
    count = sum(len(one.findings) for one in found)
    page = (ROOT / "docs/gateways.md").read_text()
    assert f"The {len(EXPECTED)} configurations of the tests, " in page
    assert f" get {count} findings on the sample" in page


def of_code(found: Checked, code: str) -> list[Finding]:
    return [one for one in found.findings if one.code == code]


def test_what_to_write_instead(sample: Connection) -> None:
    spelled, *guessed = of_code(checked(sample, "opencode-typo.json"), "unknown")
    assert (spelled.severity, spelled.instead) == (
        "error",
        "openrouter/anthropic/claude-sonnet-4.6",
    ), "only the spelling differs, so that is certain"
    assert {(one.severity, one.instead) for one in guessed} == {("warning", None)}
    (gone,) = of_code(checked(sample, "litellm-free.yaml"), "gone")
    assert (gone.instead, gone.nearest) == (None, "openrouter/openai/gpt-oss-120b")


@pytest.mark.parametrize("name", DOMINATED)
def test_a_dominated_model_costs_at_least_twice_what_another_does(
    sample: Connection, name: str
) -> None:
    found = of_code(checked(sample, name), "dominated")
    assert {(one.subject, one.place.line) for one in found} == DOMINATED[name]
    prices = {
        f"openrouter/{row['model_id']}": (row["prompt_price"], row["completion_price"])
        for row in query(
            sample,
            "SELECT * FROM marts.catalogue() "
            "WHERE fetched_at = (SELECT max(fetched_at) FROM marts.catalogue())",
        )
    }
    for one in found:
        saved = one.values["prompt_saving"], one.values["completion_saving"]
        for own, other, saving in zip(
            prices[one.subject], prices[f"{one.instead}"], saved, strict=True
        ):
            assert other <= 0.5 * own
            assert saving == pytest.approx(own - other)


def test_what_the_findings_amount_to(sample: Connection) -> None:
    assert checked(sample, "opencode-premium.jsonc").patterns == ["premium_everywhere"]
    assert checked(sample, "litellm-plain.yaml").patterns == []
    assert checked(sample, "litellm-free.yaml").patterns == []
    assert checked(sample, "litellm-free.yaml", "internal").patterns == ["free_with_private_data"]


def test_a_gateway_that_sleeps_is_named_whatever_model_is_chosen(published: Path) -> None:
    def patterns(name: str, target: str) -> list[str]:
        done = tokenhouse(
            published,
            "lint-config",
            f"{FOLDER / name}",
            "--json",
            TOKENHOUSE_GATEWAY_TARGET=target,
        )
        found: list[str] = json.loads(done.stdout)["files"][0]["patterns"]
        return found

    assert patterns("litellm-whole.yaml", "laptop") == ["gateway_sleeps"]
    assert patterns("litellm-whole.yaml", "vps") == []
    assert patterns("opencode.json", "laptop") == [], "it is no gateway, and sends by itself"


LITELLM = """
model_list:
  - model_name: large
    litellm_params: {{model: openrouter/z-ai/glm-5.2, timeout: {timeout}{more}}}
  - model_name: other
    litellm_params: {{model: openrouter/moonshotai/kimi-k3, timeout: 9, api_key: {key}}}
{settings}
"""


def written(
    folder: Path, settings: str = "", more: str = "", timeout: str = "9", key: str = "a"
) -> Path:
    """Write a configuration of two groups."""
    path = folder / "config.yaml"
    text = LITELLM.format(settings=settings, more=more, timeout=timeout, key=key)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("settings", "more", "expected"),
    [
        ("", "", True),
        ("router_settings: {fallbacks: [{large: [gone]}]}", "", False),
        ("router_settings: {fallbacks: [{other-name: [large]}]}", "", False),
        ("litellm_settings: {context_window_fallbacks: [{large: [other]}]}", "", False),
        ("litellm_settings: {default_fallbacks: [large]}", "", False),
        ("", ", extra_body: {models: [a/b, c/d]}", False),
        ("", ", extra_body: {models: [a/b]}", True),
    ],
)
def test_a_file_names_no_fallback_only_if_it_names_none_at_all(
    sample: Connection, tmp_path: Path, settings: str, more: str, expected: bool
) -> None:
    found = found_in(sample, written(tmp_path, settings, more))
    assert ("no_fallback_at_all" in codes(found)) is expected


def test_opencode_names_a_fallback_also_where_a_model_has_its_own_options(
    sample: Connection, tmp_path: Path
) -> None:
    def is_without(models: list[str]) -> bool:
        path = tmp_path / "opencode.json"
        model = {"z-ai/glm-5.2": {"options": {"models": models}}}
        content = {
            "model": "openrouter/z-ai/glm-5.2",
            "provider": {"openrouter": {"models": model}},
        }
        path.write_text(json.dumps(content))
        return "no_fallback_at_all" in codes(found_in(sample, path))

    assert is_without([])
    assert not is_without(["z-ai/glm-5.2", "moonshotai/kimi-k3"])


@pytest.mark.parametrize(
    ("more", "key", "expected"),
    [(", api_key: a", "a", True), (", api_key: a", "b", False), ("", "a", False)],
)
def test_a_chain_has_one_key_only_if_nothing_says_otherwise(
    sample: Connection, tmp_path: Path, more: str, key: str, expected: bool
) -> None:
    settings = "router_settings: {fallbacks: [{large: [other]}]}"
    found = found_in(sample, written(tmp_path, settings, more, key=key))
    assert ("one_key" in codes(found)) is expected


def test_a_deployment_may_reach_openrouter_by_its_address_with_another_key(
    sample: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    for key in ("a", "b"):
        path.write_text(
            "model_list:\n"
            "- {model_name: large, litellm_params: {model: openrouter/z-ai/glm-5.2, api_key: a}}\n"
            "- {model_name: other, litellm_params: {model: openai/moonshotai/kimi-k3, "
            f"api_base: 'https://openrouter.ai/api/v1', api_key: {key}}}}}\n"
            "router_settings: {fallbacks: [{large: [other]}]}\n"
        )
        assert ("one_key" in codes(found_in(sample, path))) is (key == "a")


def test_openclaw_may_have_several_profiles_of_openrouter(
    sample: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "openclaw.json"
    model = {"primary": "openrouter/z-ai/glm-5.2", "fallbacks": ["openrouter/moonshotai/kimi-k3"]}
    for count in (1, 2):
        profiles = {f"openrouter:{one}": {"provider": "openrouter"} for one in range(count)}
        content = {"agents": {"defaults": {"model": model}}, "auth": {"profiles": profiles}}
        path.write_text(json.dumps(content))
        assert ("one_key" in codes(found_in(sample, path))) is (count == 1)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"fallbacks": ["openrouter/moonshotai/kimi-k3"]}, {"slow_failover"}),
        ({"fallbacks": []}, {"no_fallback"}),
        ("openrouter/z-ai/glm-5.2", {"no_fallback"}),
    ],
)
def test_an_agent_without_a_first_model_of_its_own_has_that_of_the_defaults(
    sample: Connection, tmp_path: Path, own: object, expected: set[str]
) -> None:
    path = tmp_path / "openclaw.json"
    agents = {"defaults": {"model": "openrouter/z-ai/glm-5.2"}, "entries": {"main": {"model": own}}}
    path.write_text(json.dumps({"agents": agents}))
    found = {one.code for one in found_in(sample, path).findings if one.subject == "main"}
    assert found == expected


PRIMARY = "z-ai/glm-5.2"
BY_SERVER = ["deepseek/deepseek-v3.2", "openai/gpt-nonexistent-9", "x-ai/grok-3"]
CLOSED = {"data_collection": "deny", "zdr": True}


def of_litellm(params: Mapping[str, object]) -> dict[str, Any]:
    deployment = {"model": f"openrouter/{PRIMARY}", "timeout": 9, **params}
    return {"model_list": [{"model_name": "large", "litellm_params": deployment}]}


def of_openclaw(**agent: object) -> dict[str, Any]:
    return {"agents": {"defaults": {"model": f"openrouter/{PRIMARY}", **agent}}}


def of_opencode(options: Mapping[str, object]) -> dict[str, Any]:
    models = {PRIMARY: {"options": options}}
    return {"model": f"openrouter/{PRIMARY}", "provider": {"openrouter": {"models": models}}}


def of_agent(options: Mapping[str, object]) -> dict[str, Any]:
    return {"agent": {"build": {"model": f"openrouter/{PRIMARY}", "options": options}}}


def saved(folder: Path, content: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(content, indent=2))
    return path


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (of_litellm({"extra_body": {"models": BY_SERVER}}), 4),
        (of_litellm({"models": BY_SERVER}), 4),
        (of_openclaw(params={"extraBody": {"models": BY_SERVER}}), 4),
        (of_opencode({"models": BY_SERVER}), 5),
        (of_agent({"models": BY_SERVER}), 4),
    ],
)
def test_the_models_among_which_openrouter_fails_over_are_checked_as_well(
    sample: Connection, tmp_path: Path, content: object, count: int
) -> None:
    found = found_in(sample, saved(tmp_path, content), "internal")
    assert found.models == count
    said = {(one.code, one.subject) for one in found.findings}
    assert {("gone", "x-ai/grok-3"), ("unknown", "openai/gpt-nonexistent-9")} <= said
    assert ("gone", BY_SERVER[0]) not in said
    refused = [one for one in found.findings if one.code == "author_refused"]
    assert {*BY_SERVER} <= {one.subject for one in refused}


def test_models_for_another_address_than_that_of_openrouter_are_not_of_its_catalogue(
    sample: Connection, tmp_path: Path
) -> None:
    params = {"api_base": "https://example.com/v1", "extra_body": {"models": BY_SERVER}}
    assert found_in(sample, saved(tmp_path, of_litellm(params))).models == 1


@pytest.mark.parametrize("preferences", [CLOSED, {"data_collection": "deny"}])
def test_preferences_are_read_wherever_a_gateway_takes_them_from(
    sample: Connection, tmp_path: Path, preferences: dict[str, object]
) -> None:
    """They hold for every model of the request."""
    sent = {"provider": preferences, "models": BY_SERVER}
    for content in (
        of_litellm(sent),
        of_litellm({"extra_body": sent}),
        of_litellm({**sent, "extra_body": {"provider": {"zdr": False}}}),
        of_openclaw(params={"extraBody": sent}),
        of_opencode(sent),
        of_agent(sent),
    ):
        found = found_in(sample, saved(tmp_path, content), "internal")
        assert ("provider_open" in codes(found)) is (preferences != CLOSED)


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({}, {"not_allowed"}),
        ({"modelPolicy": {"allow": ["openrouter/moonshotai/kimi-k3"]}}, set()),
        ({"modelPolicy": {"allow": []}}, set()),
        ({"modelPolicy": {"allow": ["openrouter/x-ai/*"]}}, {"not_allowed"}),
    ],
)
def test_an_agent_of_openclaw_may_have_an_allow_list_of_its_own(
    sample: Connection, tmp_path: Path, own: dict[str, object], expected: set[str]
) -> None:
    main = {"model": "openrouter/moonshotai/kimi-k3", **own}
    content = of_openclaw(modelPolicy={"allow": [f"openrouter/{PRIMARY}"]})
    path = saved(tmp_path, {"agents": {**content["agents"], "entries": {"main": main}}})
    found = found_in(sample, path)
    assert codes(found) & {"not_allowed", "not_selectable"} == expected


def test_an_agent_of_openclaw_may_have_aliases_and_parameters_of_its_own(
    sample: Connection, tmp_path: Path
) -> None:
    gone = "openrouter/x-ai/grok-3"
    main = {"model": "fast", "models": {gone: {"alias": "fast", "params": {"provider": CLOSED}}}}
    other = {"model": "fast"}
    defaults = {"models": {f"openrouter/{PRIMARY}": {"alias": "fast"}}}
    agents = {"defaults": defaults, "entries": {"main": main, "other": other}}
    found = found_in(sample, saved(tmp_path, {"agents": agents}), "internal")
    assert {one.subject for one in of_code(found, "gone")} == {gone}
    assert {one.subject for one in of_code(found, "provider_open")} == {f"openrouter/{PRIMARY}"}


@pytest.mark.parametrize(
    ("settings", "timeout", "expected"),
    [
        ("", "null", 1),
        ("", "9", 0),
        ("router_settings: {timeout: null}", "null", 1),
        ("router_settings: {timeout: 5}", "null", 0),
    ],
)
def test_a_timeout_of_null_is_none(
    sample: Connection, tmp_path: Path, settings: str, timeout: str, expected: int
) -> None:
    found = of_code(found_in(sample, written(tmp_path, settings, timeout=timeout)), "no_timeout")
    assert [one.values["count"] for one in found] == [expected] * bool(expected)


def test_a_finding_counts_the_places_where_it_is_written(
    sample: Connection, tmp_path: Path
) -> None:
    settings = "router_settings: {fallbacks: [{large: [gone]}, {other: [gone]}]}"
    path = written(tmp_path, settings)
    group = "\n  - model_name: gone\n    litellm_params: {model: openrouter/x-ai/grok-3}"
    path.write_text(path.read_text().replace("model_list:", f"model_list:{group}"))
    (gone,) = of_code(found_in(sample, path), "gone")
    assert gone.times == 1, "three groups lead to it, and it is written once"


@pytest.mark.parametrize("data_class", ["public", "internal"])
@pytest.mark.parametrize("permitted", [(), ("anthropic",), ("deepseek", "google")])
def test_what_is_recommended_may_see_the_data(
    published: Path, tmp_path: Path, data_class: str, permitted: tuple[str, ...]
) -> None:
    """Agreements are signed with some authors and a provider: no other model is recommended."""
    database = Path(shutil.copy(published / "warehouse.duckdb", tmp_path))
    with duckdb.connect(database) as connection:
        for kind, name in [("provider", "azure"), *(("author", one) for one in permitted)]:
            connection.execute(
                "INSERT INTO staging.compliance BY NAME SELECT * REPLACE ("
                "$kind AS kind, $name AS name, TRUE AS is_allowed) FROM staging.compliance "
                "WHERE kind = $kind AND name = '*' AND data_class = 'internal'",
                {"kind": kind, "name": name},
            )
        rows = connection.execute(
            "SELECT DISTINCT model_id, split_part(model_permaslug, '/', 1) FROM marts.catalogue()"
        ).fetchall()
    with reading(database) as connection:
        _, checked = lint.check(connection, [FOLDER / name for name in EXPECTED], data_class)
    recommended = {
        name
        for file in checked
        for one in file.findings
        for name in (one.instead, one.nearest, one.values.get("other"))
        if name
    }
    assert bool(recommended) is (data_class == "public" or bool(permitted))
    if data_class == "internal":
        authors = dict(rows)
        found = {authors["/".join(one.rsplit("/", 2)[-2:])] for one in recommended}
        assert found <= {*permitted}
        assert not any(one.endswith(":free") for one in recommended)


def with_matrix(database: Path, folder: Path, **authors: bool) -> Path:
    """Return a copy of a database whose matrix also says which authors may see internal data.

    `others` is every author without a row of its own.
    """
    copy = Path(shutil.copy(database, folder / "matrix.duckdb"))
    with duckdb.connect(copy) as connection:
        for name, is_allowed in authors.items():
            connection.execute(
                "INSERT INTO staging.compliance BY NAME SELECT * REPLACE ("
                "$name AS name, $is_allowed AS is_allowed) FROM staging.compliance "
                "WHERE kind = 'author' AND name = '*' AND data_class = 'internal'",
                {"name": name, "is_allowed": is_allowed},
            )
        if authors.get("others"):
            connection.execute(
                "UPDATE staging.compliance SET is_allowed = TRUE "
                "WHERE kind = 'author' AND name = '*' AND data_class = 'internal'"
            )
    return copy


@pytest.fixture(scope="module")
def permissive(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A copy of the database whose matrix lets every author see internal data, opened once."""
    copy = with_matrix(database, tmp_path_factory.mktemp("permissive"), others=True)
    with reading(copy) as connection:
        yield connection


def said_of(sample: Connection, folder: Path, model: str, data_class: str = "internal") -> set[str]:
    """Return what is found about who may see data that a model of LiteLLM gets."""
    path = folder / "config.yaml"
    path.write_text(f"model_list:\n- {{model_name: a, litellm_params: {{model: {model}}}}}\n")
    return {
        f"{one.code} {one.values.get('author', '')}".strip()
        for one in found_in(sample, path, data_class).findings
        if one.code in ("author_refused", "any_author", "not_checked")
    }


@pytest.mark.parametrize(
    ("model", "refused", "allowed"),
    [
        ("groq/qwen", {"not_checked"}, {"not_checked"}),
        ("bedrock/anthropic", {"not_checked"}, {"not_checked"}),
        ("os.environ/MODEL", {"not_checked"}, {"not_checked"}),
        ("'openrouter/@preset/mine'", {"not_checked"}, {"not_checked"}),
        ("'openrouter/*'", {"not_checked"}, {"not_checked"}),
        ("'openrouter/anthropic/*'", {"author_refused anthropic"}, set()),
        ("openrouter/~anthropic/claude-sonnet-latest", {"author_refused anthropic"}, set()),
        ("openrouter/anthropic/claude-sonnet-4.6", {"author_refused anthropic"}, set()),
        ("anthropic/claude-opus-latest", {"author_refused anthropic"}, set()),
        ("vertex_ai/gemini-3-flash-preview", {"author_refused google"}, set()),
        ("vertex_ai/claude-opus-4-8@20260101", {"author_refused anthropic"}, {"not_checked"}),
        ("vertex_ai/jamba-1.5", {"not_checked"}, {"not_checked"}),
        ("openrouter/auto", {"any_author"}, set()),
        ("ollama/qwen3", set(), set()),
    ],
)
def test_every_model_has_a_verdict_or_is_said_to_have_none(
    sample: Connection,
    permissive: Connection,
    tmp_path: Path,
    model: str,
    refused: set[str],
    allowed: set[str],
) -> None:
    assert said_of(sample, tmp_path, model) == refused
    assert said_of(sample, tmp_path, model, "public") == set()
    assert said_of(permissive, tmp_path, model) == allowed


def test_a_router_may_see_the_data_only_if_no_author_is_refused(
    database: Path, tmp_path: Path
) -> None:
    with reading(with_matrix(database, tmp_path, others=True, deepseek=False)) as connection:
        assert said_of(connection, tmp_path, "openrouter/auto") == {"any_author"}
        assert said_of(connection, tmp_path, "openrouter/z-ai/glm-5.2") == set()


def test_a_bare_name_at_openrouter_is_no_router(sample: Connection, tmp_path: Path) -> None:
    model = "openai/gpt-5.4, api_base: 'https://openrouter.ai/api/v1'"
    assert said_of(sample, tmp_path, model) == {"not_checked"}
    (unknown,) = of_code(found_in(sample, tmp_path / "config.yaml"), "unknown")
    assert (unknown.severity, unknown.nearest) == ("warning", "openai/openai/gpt-5.4")


def test_thresholds_decide(sample: Connection) -> None:
    def with_thresholds(**shares: float) -> set[str]:
        _, found = lint.check(
            sample,
            [FOLDER / "litellm-fallbacks.yaml", FOLDER / "opencode-premium.jsonc"],
            thresholds=lint.Thresholds(**shares),
        )
        return set[str]().union(*map(codes, found))

    assert {"shorter_hop", "dominated"} <= with_thresholds()
    assert "shorter_hop" not in with_thresholds(context_share=0.05)
    assert "dominated" not in with_thresholds(price_share=0.05)


def everything_said(sample: Connection, files: Sequence[Path]) -> Iterator[str]:
    for data_class in ("public", "internal"):
        as_of, found = lint.check(sample, files, data_class)
        for language, one in product(languages(), found):
            yield from (words.line(language, finding, as_of) for finding in one.findings)
            yield from words.summary(language, one)
        yield from (f"{asdict(finding)}" for one in found for finding in one.findings)


def test_every_finding_has_words_in_every_language_and_repeats_no_secret(
    sample: Connection,
) -> None:
    said = [*everything_said(sample, [FOLDER / name for name in EXPECTED])]
    assert len(said) > 100
    assert not any(CANARY in line for line in said)
    assert not any(re.search(r"\{[a-z_]+\}", line) for line in said)
    assert sum(CANARY in path.read_text() for path in FOLDER.rglob("*.*") if path.is_file()) >= 8


def with_key(folder: Path, path: Path) -> Iterator[Path]:
    """Write a configuration once for each of its values, with a key in the place of that value."""
    text = path.read_text()
    content = yaml.safe_load(text) if path.suffix == ".yaml" else json5.loads(text)
    for number, changed in enumerate(leaves(content, KEY)):
        copy = folder / f"{number}"
        if path.parent == FOLDER:
            copy.mkdir()
            root = written = copy / path.name
        else:
            shutil.copytree(INCLUDING.parent, copy)
            root, written = copy / INCLUDING.name, copy / path.relative_to(INCLUDING.parent)
        written.write_text(json.dumps(changed))  # which is YAML and JSON5, too
        yield root


@pytest.mark.accept
def test_a_key_in_any_field_of_any_configuration_is_repeated_nowhere(
    sample: Connection, tmp_path: Path
) -> None:
    """Also where a model, a group or an agent should be named, and in included files."""
    readable, refused = list[Path](), list[str]()
    for path in sorted(one for one in FOLDER.rglob("*.*") if one.is_file()):
        (tmp_path / path.name).mkdir()
        for written in with_key(tmp_path / path.name, path):
            try:
                reader.read(written)
                readable.append(written)
            except RefusalError as error:
                refused.append(f"{error}")
    assert len(readable) > 150
    said = [*everything_said(sample, readable), *refused]
    assert not [line for line in said if KEY in line]
    assert any("…" in line for line in said), "a name that looks like a key was to be shown"


def test_the_command_exits_with_1_on_errors_only(published: Path) -> None:
    good, bad = FOLDER / "opencode.json", FOLDER / "litellm-plain.yaml"
    done = tokenhouse(published, "lint-config", f"{good}")
    assert done.returncode == 0, done.stderr
    assert english().say("gateways.as_of", day="2026-07-20") in done.stdout
    done = tokenhouse(published, "lint-config", f"{good}", f"{bad}")
    assert done.returncode == 1
    assert f"{bad}:5: error: openrouter/openai/gpt-4-0314 " in done.stdout
    answer = json.loads(tokenhouse(published, "lint-config", f"{bad}", "--json").stdout)
    (file,) = answer["files"]
    assert answer["as_of"] == "2026-07-20T00:45:00Z"
    assert (file["gateway"], file["models"], file["unjudged"]) == ("litellm", 3, 1)
    gone = next(one for one in file["findings"] if one["code"] == "gone")
    assert (gone["file"], gone["line"], gone["severity"]) == (f"{bad}", 5, "error")
    assert CANARY not in json.dumps(answer)
    assert tokenhouse(published, "lint-config", f"{bad}", "--data-class", "none").returncode == 2


def test_what_is_watched_has_names_that_last_and_no_notes(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "litellm.yaml"
    file.write_bytes((FOLDER / "litellm-plain.yaml").read_bytes())
    files = [LintFile("public", file), LintFile("public", tmp_path / "none.yaml")]
    before = watch.found(database, files)
    assert {name.removeprefix(f"{tmp_path}/").split()[1] for name in before} == {
        "dominated",
        "gone",
        "no_timeout",
        "unreadable",
    }
    file.write_text("# another line\n" + file.read_text())
    after = watch.found(database, files)
    assert set(after) == set(before)
    assert after != before, "the lines have moved"
    assert watch.found(tmp_path / "no-database", []) == {}
    internal = watch.found(database, [LintFile("internal", file)])
    assert any("author_refused" in name for name in internal)
    assert not any("author_refused" in name for name in after)


def test_our_own_exports_have_no_errors(published: Path) -> None:
    """OpenClaw's wire is emulated: no hop of ours refuses a parameter that it always sends."""
    exports = published / "exports"
    done = tokenhouse(
        published,
        "lint-config",
        *(
            f"{exports / name}"
            for name in (
                "litellm/config.yaml",
                "openclaw/openclaw.example.json5",
                "openclaw-2026.7/openclaw.example.json5",
            )
        ),
        "--json",
    )
    assert done.returncode == 0, done.stdout
    found = {one["code"] for file in json.loads(done.stdout)["files"] for one in file["findings"]}
    assert not found & {"slow_failover", "no_fallback", "no_timeout", "dominated", "one_vendor"}
