"""The report on real rows, and on rows that want to break it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.home.database import literal
from pipelines.queries.published import reading
from pipelines.report import digest, page, week_rows
from pipelines.words import routing
from pipelines.words.language import WORDS, catalogue, languages
from tests.conftest import tokenhouse
from tests.support.ledger import check_week, used
from tests.support.pages import Changed, Reader

FILES = ["index.html", "index.ru.html"]
LINKED = [
    *(*FILES, "data:,", "claims.html", "claims.ru.html"),
]
RIGHT_TO_LEFT = "openrouter/‮שלום-עולם"
MARKUP = """x/<script>alert(1)</script><img src=http://evil.test/i onerror="a()">'&amp;"""
LONG = "long/" + "w" * 195
DATABASE = "warehouse.duckdb"
NOTHING = "Some <b>sentence</b> that nobody escaped"


@pytest.fixture(scope="module", params=FILES)
def html(reported: Path, request: pytest.FixtureRequest) -> str:
    return (reported / "report" / f"{request.param}").read_text()


@pytest.fixture(scope="module")
def seen(html: str) -> Reader:
    return Reader(html)


@pytest.mark.accept
def test_the_same_database_gives_the_same_bytes(reported: Path, changed: Changed) -> None:
    again = changed()
    page.write(again)
    for name in FILES:
        assert (again / "report" / name).read_bytes() == (reported / "report" / name).read_bytes()


def test_it_is_small_and_whole_in_itself(html: str, seen: Reader) -> None:
    assert len(html.encode()) < 400_000
    assert not {"script", "img", "iframe", "object", "image", "use"} & {
        tag for tag, _ in seen.elements
    }
    for _, attributes in seen.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        target = attributes.get("href", "")
        assert not target or target in LINKED or target.startswith(("#", "data:text/csv"))
    assert not re.search(r"url\(|@import|https?://", html)


def test_ids_are_unique_and_references_lead_somewhere(seen: Reader) -> None:
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = " ".join(one.get("aria-labelledby", "") for _, one in seen.elements).split()
    assert set(named) <= set(ids)


def test_each_cell_of_a_card_has_its_title(html: str) -> None:
    cards = re.findall(r'<div class="table cards".*?</table>', html, re.DOTALL)
    assert cards
    for table in cards:
        assert table.count("<td") == len(re.findall('data-label="[^"]', table))


def test_every_chart_has_a_text_and_a_table_under_it(html: str) -> None:
    figures = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)
    assert len(figures) == 9
    for figure in figures:
        (chart,) = re.findall(r'<svg class="chart" [^>]*role="img"[^>]*>.*?</svg>', figure, re.S)
        described = re.search(r"<title[^>]*>(.+?)</title><desc[^>]*>(.+?)</desc>", chart)
        assert described and re.search(r"\d", described[2])
        assert "<table" in figure.split("<details>")[1]


def test_every_section_leads_to_its_method(seen: Reader, html: str) -> None:
    linked = re.findall(r'<p class="basis"><a href="#method-(\w+)">', html)
    methods = re.findall(r'<dt id="method-(\w+)">.*?</dt>\s*<dd>(.*?)</dd>', html, re.DOTALL)
    assert sorted(linked) == sorted(name for name, _ in methods)
    assert len(methods) == 12
    assert all(text.count("<b>") == 4 for _, text in methods)
    assert re.search(r"2026.*UTC", html[html.index('id="method"') :])


def test_the_numbers_are_those_of_the_week(reported: Path) -> None:
    text = Reader((reported / "report/index.html").read_text()).text
    assert "Two models, one of them free, made 82% of a record week’s growth" in text
    assert "63.4% to 68.8%" in text  # China of all tokens, with its bounds
    assert "$0.311 to $0.635, estimated at list prices" in text  # a million tokens
    assert "Recorded sample. Data ends Jul 19, 2026" in text
    assert "top nine" in text and "4.93×" in text and "2.07×" in text
    assert "Source: OpenRouter (openrouter.ai/rankings), as of" in text


def test_a_bill_is_in_its_band(reported: Path) -> None:
    html = (reported / "report/index.html").read_text()
    table = html[html.index('id="table-bill"') :].split("</table>")[0]
    bands = re.findall(r"\$([\d,.]+)<br><small>\$([\d,.]+) – \$([\d,.]+)</small>", table)
    assert len(bands) == 26  # seven rows, but a model that is no candidate has none, nor their sum
    for usd, low, high in ((float(text.replace(",", "")) for text in band) for band in bands):
        assert low < usd < high


def test_the_week_of_the_article(reported: Path, changed: Changed) -> None:
    home = changed()
    (english, _) = page.write(home, date(2026, 5, 18))
    assert english.name == "2026-05-18.html"
    text = Reader(english.read_text()).text
    assert "DeepSeek V4 Flash alone made 68% of a record week’s growth" in text
    assert "China leads among attributed tokens; the unattributed ones could reverse it." in text
    for points in ("+5.07", "+1.54", "+1.50", "+1.26", "+0.21"):
        assert points in text
    assert not (home / "report" / "index.html").exists()


def test_a_week_alone_has_its_numbers_and_no_empty_charts_or_tables(changed: Changed) -> None:
    html = page.write(changed(), date(2025, 1, 6))[0].read_text()
    assert html.count("There is nothing to draw of a single week") == 5
    assert 'id="table-cost"' in html and 'id="table-routes"' not in html
    assert "one to 13.2" in html and "No workload has a route this week." in html
    assert html.count("moves and new models are not known") == 1


def test_russian_writes_numbers_as_russians_do(reported: Path) -> None:
    html = (reported / "report/index.ru.html").read_text()
    assert '<html lang="ru">' in html
    assert "Две модели, одна из них бесплатная, дали 82\xa0% прироста рекордной недели" in html
    assert "Рост в 12 из последних 13 недель, без падений на 1 % и более." in html
    assert not re.search(r"\d\.\d+\xa0?%", Reader(html).text)


LATIN_SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,}){2,}")


def test_a_russian_cell_has_no_english_sentence(reported: Path) -> None:
    html = (reported / "report/index.ru.html").read_text()
    body = html[html.index("<main>") : html.index("</main>")]
    # What is isolated is a name; the reasons under the routing table (dd) are not covered here.
    cells = re.findall(r"<(td|p|dt|h[123]|li|summary|title|desc)\b[^>]*>(.*?)</\1>", body, re.S)
    with reading(reported / DATABASE) as connection:
        (week,) = week_rows.digests(connection, [date(2026, 7, 13)])
    workloads = [routing.workload(row["workload"]) for row in week["routes"]]
    called = {*week["names"].values(), *workloads}
    names = "|".join(re.escape(name) for name in sorted(called, key=len, reverse=True))
    outside = re.compile(rf"<bdi[^>]*>.*?</bdi>|<[^>]+>|\bP10\b|\bP90\b|{names}")
    texts = [outside.sub("|", cell) for _, cell in cells]
    assert len(texts) > 300
    assert [text for text in texts if LATIN_SENTENCE.search(text)] == []


def test_every_language_has_every_word() -> None:
    def keys(words: Mapping[str, Any], above: str = "") -> Iterator[str]:
        for key, value in words.items():
            if isinstance(value, dict) and "other" in value and "UNATTRIBUTED" not in value:
                yield f"{above}{key}: {sorted(set(re.findall(r'{(.*?)}', value['other'])))}"
            elif isinstance(value, dict):
                yield from keys(value, f"{above}{key}.")
            else:
                yield f"{above}{key}: {sorted(set(re.findall(r'{(.*?)}', value)))}"

    english, *others = (catalogue(WORDS / one.code) for one in languages())
    for words in others:
        assert set(keys(words)) == set(keys(english))


@pytest.mark.accept
def test_names_from_outside_stay_whole_and_harmless(changed: Changed) -> None:
    names = [MARKUP, RIGHT_TO_LEFT, LONG]
    newest = "WHERE week = (SELECT max(week) FROM marts.weekly_total WHERE source = 'daily_rows')"
    vendors = "('anthropic', 'openai', 'google')"
    case = " ".join(f"WHEN {place} THEN {literal(name)}" for place, name in enumerate(names, 1))
    vendor = " ".join(
        f"WHEN '{key}' THEN {literal(name)}"
        for key, name in zip(("anthropic", "openai", "google"), names, strict=True)
    )
    home = changed(
        f"UPDATE marts.weekly_model SET model_permaslug = CASE rank {case} END "
        f"{newest} AND rank <= 3",
        f"UPDATE marts.dual_metric SET key = CASE key {vendor} END {newest} AND key IN {vendors}",
        f"UPDATE marts.rank_moves SET model_permaslug = {literal(MARKUP)} {newest} AND top_n = 10",
        f"UPDATE marts.routing_table SET model_id = CASE position + 1 {case} ELSE model_id END, "
        f"why = {literal(NOTHING)}, blocked_because = {literal(NOTHING)} {newest}",
        f"UPDATE staging.workload SET description = {literal(NOTHING)}",
        "UPDATE marts.claims_audit SET reason = 'unknown_model', "
        f"unknown_name = {literal(NOTHING)}",
    )
    for path in page.write(home)[:2]:
        html = path.read_text()
        seen = Reader(html)
        assert not {"script", "img"} & {tag for tag, _ in seen.elements}
        assert not [name for _, one in seen.elements for name in one if name.startswith("on")]
        for name in [*names, NOTHING]:
            assert name in seen.text
        table = html[html.index('id="table-top"') :].split("</table>")[0]
        assert all(name in Reader(table).text for name in names)
        assert f"<bdi>{RIGHT_TO_LEFT}</bdi>" in table
        chart = html[html.index('aria-labelledby="dual-vendor-title') :].split("</svg>")[0]
        assert "&lt;script&gt;" in chart and "<script" not in chart


MISSING = {
    "no prices, no week before, no routes": {
        "UPDATE marts.dual_metric SET revenue_share_p10 = NULL, revenue_share_p50 = NULL, "
        "revenue_share_p90 = NULL": "revenue is not known",
        "UPDATE marts.weekly_revenue SET revenue_usd_p50 = NULL": "revenue is not known",
        "DELETE FROM staging.catalogue": "not known",
        "DELETE FROM marts.routing_table": "No workload has a route this week.",
        "DELETE FROM marts.rank_moves": "No model came into the top fifty or left it.",
        "DELETE FROM marts.growth_contributors": "are not known",
        "UPDATE marts.weekly_total SET wow = NULL": "growth is not known",
        "UPDATE marts.weekly_model SET wow_low = NULL, previous_rank = NULL": "new",
    },
    "no revenue at all, no workloads, no ratio": {
        "DELETE FROM marts.dual_metric": "revenue is not known",
        "DELETE FROM marts.weekly_revenue": "revenue is not known",
        "DELETE FROM staging.workload": "There are no workloads.",
        "UPDATE marts.origin_ratio SET cn_over_us = NULL": "there is no ratio",
        "DELETE FROM marts.weekly_model": "No model is listed this week.",
        "DELETE FROM marts.benchmark_against_share": "Fewer than fifteen listed models",
        "DELETE FROM marts.capability_and_price": "Primaries of routes that are not in the picture",
    },
    "one workload without a model, one week": {
        "DELETE FROM marts.routing_table WHERE workload = 'pr_review'": "no model",
        "DELETE FROM marts.weekly_total WHERE week < '2026-07-13'": "62.8T",
    },
}


@pytest.mark.accept
@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_is_said_and_the_page_stays_whole(changed: Changed, case: str) -> None:
    for path in page.write(changed(*MISSING[case]))[:2]:
        html = path.read_text()
        assert (
            html.endswith("</html>\n") and html.count("<section") == html.count("</section>") >= 11
        )
        assert "None" not in Reader(html).text
        if path.name == "index.html":
            assert [said for said in MISSING[case].values() if said not in Reader(html).text] == []


@pytest.mark.accept
def test_a_programming_share_where_a_snapshot_has_one(changed: Changed) -> None:
    home = changed(
        "INSERT INTO marts.usage_category VALUES "
        "('2026-07-13', 'category', 'programming', 'sampled', '2026-01', "
        "500, 7, 0.5, TIMESTAMPTZ '2026-07-20'), ('2026-07-06', 'category', 'programming', "
        "'sampled', '2026-01', 400, 7, 0.4, TIMESTAMPTZ '2026-07-13')"
    )
    text = Reader(page.write(home)[0].read_text()).text
    assert "Programming is 50.0% of the sampled, classified traffic, +10.00 points" in text


@pytest.mark.accept
def test_a_shift_of_use_where_two_snapshots_have_one(changed: Changed) -> None:
    day, before = "TIMESTAMPTZ '2026-07-19'", "TIMESTAMPTZ '2026-07-12'"
    home = changed(
        "INSERT INTO marts.usage_category SELECT week, 'category', value, 'sampled', '2026-01', "
        f"tokens, 7, tokens / 1000, {day} FROM (VALUES (DATE '2026-07-06', 'programming', 400), "
        "(DATE '2026-07-13', 'programming', 500)) AS shares (week, value, tokens)",
        f"INSERT INTO marts.task_categories VALUES ({day}, '2026-07-13', 7, '2026-07-12', "
        f"'agents', 'Agents', 'sampled', 0.2, 0.3, {before}, -0.1)",
        "INSERT INTO marts.model_use SELECT week, 'modality', 'tool_calling', 'exact', model, "
        f"tokens, 7, 8, tokens / 8, {day} FROM (VALUES (DATE '2026-07-06', 'z-ai/glm-5.2', 4), "
        "(DATE '2026-07-13', 'z-ai/glm-5.2', 6), (DATE '2026-07-13', 'openai/gpt-5.4', 6)) "
        "AS calls (week, model, tokens)",
    )
    text = Reader(page.write(home)[0].read_text()).text
    assert "Programming is 50.0% of the sampled, classified traffic, +10.00 points" in text
    assert "Agents moved most since 2026-07-12: 30.0% of the sampled" in text
    assert "−10.00 points" in text
    assert "in tool calls, counted and not sampled" in text
    assert "GLM 5.2 75.0% (+25.00 points)." in text
    assert "GPT-5.4 75.0%" not in text, "it has one snapshot"


@pytest.mark.accept
def test_an_incomplete_week_says_so(changed: Changed) -> None:
    home = changed(
        "UPDATE marts.weekly_total SET is_complete = false, days_seen = 5, wow = NULL "
        "WHERE week = '2026-07-13'"
    )
    asked_for, newest = page.write(home, date(2026, 7, 13))[0], page.write(home)[0]
    assert "Only 5 of this week’s seven days are known" in asked_for.read_text()
    assert "Free models carry 17.5% of all tokens" in newest.read_text()


def test_without_a_complete_week_the_page_says_so(changed: Changed) -> None:
    for path in page.write(changed("UPDATE marts.weekly_total SET is_complete = false")):
        assert "<h1>" in path.read_text() and "tokenhouse run" in path.read_text()


def test_without_a_database_it_refuses_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match="run `tokenhouse run` first"):
        page.write(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.accept
def test_the_command_writes_and_names_the_files(database: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").symlink_to(database)
    done = tokenhouse(tmp_path, "report")
    assert done.returncode == 0, done.stderr
    assert [f"{tmp_path}/report/{name}" in done.stdout for name in FILES] == [True, True]
    wrong = tokenhouse(tmp_path, "report", "--week", "2026-08-03")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "week 2026-08-03 is not in the database" in wrong.stderr


def test_a_run_writes_the_report(published: Path) -> None:
    for name in FILES:
        assert (published / "report" / name).exists()


@pytest.mark.accept
def test_own_usage_is_on_the_page_where_there_is_some_and_in_no_exported_digest(
    reported: Path, changed: Changed, database: Path
) -> None:
    none = Reader((reported / "report" / "index.html").read_text())
    assert {"id": "ours"} not in none.named("h2")
    assert "Own use" not in none.text
    home = changed()
    with used(database, check_week()) as own, closing(duckdb.connect(home / DATABASE)) as copy:
        for name in ("weekly_usage", "usage_against_market", "usage_repriced"):
            copy.register("incoming", own.sql(f"FROM marts.{name}").to_arrow_table())
            copy.sql(f"INSERT INTO marts.{name} BY NAME FROM incoming")
            copy.unregister("incoming")
    page.write(home)
    seen = Reader((home / "report" / "index.html").read_text())
    assert {"id": "ours"} in seen.named("h2")
    assert "Own use: 1.3B tokens. 95.8% of them have a bill, $287.75 in all." in seen.text
    assert "at least 0.86 from the market" in seen.text
    assert "Your bill of 2026-07" in seen.text
    assert "on this week’s routes, all as agent tool loop" in seen.text
    exported = digest.render(home / DATABASE)["digest.md"].decode()
    at_home = (home / "report" / "digest.md").read_text()
    assert "Own use" not in exported
    for name in ("index.html", "index.ru.html", "digest.md"):
        assert (home / "report" / name).stat().st_mode & 0o077 == 0
    assert "- **Ours**: Own use: 1.3B tokens." in at_home
    assert [line for line in at_home.splitlines() if "Own use" not in line] == exported.splitlines()
    assert "Собственные запросы" in (home / "report" / "index.ru.html").read_text()
