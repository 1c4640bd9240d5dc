"""The digest's lines, the feed, and who is notified of what; the receiver is a real server."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest

from pipelines.definitions import defs
from pipelines.home.database import literal
from pipelines.queries.published import reading
from pipelines.report import digest, feed, notification, page, week_rows
from pipelines.settings import Settings, settings
from pipelines.words import findings
from pipelines.words.language import english, isolated
from tests.conftest import tokenhouse
from tests.home.report.test_page import MARKUP
from tests.support.pages import Changed, Reader

ATOM = "{http://www.w3.org/2005/Atom}"
SECRET = "s3cret-in-the-address"  # noqa: S105
TO_ANOTHER_MODEL = (
    "UPDATE marts.routing_table SET model_id = 'other/model' "
    "WHERE week = '2026-07-13' AND workload = 'pr_review' AND position = 0"
)


def test_the_digest_has_five_lines_with_scope_and_source(database: Path) -> None:
    text = digest.render(database)["digest.md"].decode()
    story, topics = text.split("\n\n")[2:4]
    assert len(story.splitlines()) == len(topics.splitlines()) == 5
    assert "Hy3 (free) added 5T (49% of the growth)" in story
    assert "62.8T tokens in all, +19.3% on the week before. " in text
    assert "Up in 12 of the last 13 weeks, with no fall of 1% or more." in text
    assert "2.07 to one. Among the nine largest alone it is 4.93 to one. China leads" in text
    assert "New in the top ten: Claude Sonnet 5." in text
    assert "Source: OpenRouter (openrouter.ai/rankings), as of" in text


FEED = """
SELECT week::VARCHAR FROM marts.weekly_total AS total
WHERE is_complete AND source = 'daily_rows' AND NOT EXISTS (
    FROM marts.weekly_model AS past WHERE past.week = total.week - INTERVAL 7 DAY
)
"""


def test_where_the_week_before_has_no_models_nothing_is_said_of_moves(database: Path) -> None:
    with duckdb.connect(database, read_only=True) as connection:
        first_weeks = {week for (week,) in connection.sql(FEED).fetchall()}
    assert len(first_weeks) == 3
    root = ElementTree.fromstring(feed.render(database, "")["feed.xml"])  # noqa: S314 our own file
    for entry in root.findall(f"{ATOM}entry"):
        text = "".join(entry.itertext())
        is_first = (entry.findtext(f"{ATOM}title") or "")[:10] in first_weeks
        assert ("moves and new models are not known" in text) == is_first
        assert not (is_first and ("No model came" in text or "New in the top ten" in text))


@pytest.mark.accept
def test_what_came_in_is_called_what_it_is(changed: Changed) -> None:
    row = "WHERE week = '2026-07-13' AND top_n = 10 AND move <> 'left'"

    def entered(*statements: str) -> str:
        with reading(changed(*statements) / "warehouse.duckdb") as connection:
            (week,) = week_rows.digests(connection, [date(2026, 7, 13)])
        return digest.lines(english(), week)["Models"]

    assert "Back in the top ten: Claude Sonnet 5." in entered(
        f"UPDATE marts.rank_moves SET move = 're_entered' {row}"
    )
    assert "as far as the one known week of the four before shows: Claude" in entered(
        f"UPDATE marts.rank_moves SET weeks_known = 1 {row}"
    )
    twin = entered(
        f"UPDATE marts.rank_moves SET model_permaslug = 'tencent/hy3-20260706' {row}",
    )
    assert "another variant of a model that was in it: Hy3" in twin
    assert "New in the top ten" not in twin
    assert "No model came into the top ten." in entered(f"DELETE FROM marts.rank_moves {row}")
    assert "so no move can be tested" in entered(
        "UPDATE marts.weekly_model SET is_significant = NULL, p_value = NULL"
    )
    assert "models that can be tested moved further" in entered(
        "UPDATE marts.weekly_model SET is_significant = FALSE"
    )


def test_the_largest_move_is_the_largest_in_logs(changed: Changed) -> None:
    fall = "wow = -0.6, wow_low = -0.7, wow_high = -0.5"
    rise = "wow = 0.9, wow_low = 0.8, wow_high = 1.0"
    home = changed(
        "UPDATE marts.weekly_model SET is_significant = FALSE WHERE rank > 2",
        f"UPDATE marts.weekly_model SET is_significant = TRUE, {rise} WHERE rank = 1",
        f"UPDATE marts.weekly_model SET is_significant = TRUE, {fall} WHERE rank = 2",
    )
    text = digest.render(home / "warehouse.duckdb")["digest.md"].decode()
    assert "Largest move beyond chance: MiMo-V2.5, −60.0%" in text


def test_free_tokens_are_not_called_unpriced(database: Path) -> None:
    text = digest.render(database)["digest.md"].decode()
    assert "of the listed tokens are free or stealth and earn nothing; " in text


@pytest.mark.accept
def test_an_accepted_factor_is_said_where_dollars_contain_it(
    changed: Changed, database: Path
) -> None:
    said = "The dollars of 12.3% of the listed tokens contain a factor accepted from bills."
    assert said[-30:] not in digest.render(database)["digest.md"].decode()
    home = changed("UPDATE marts.weekly_revenue SET calibrated_coverage = 0.123")
    assert said in digest.render(home / "warehouse.duckdb")["digest.md"].decode()
    english_page, russian, *_ = page.write(home)
    assert said in Reader(english_page.read_text()).text
    assert "токенов рейтинга умножены на коэффициент" in Reader(russian.read_text()).text


@pytest.mark.accept
def test_a_changed_escalation_is_named_and_its_role_shown(changed: Changed) -> None:
    """Only a caller escalates, so the sample's routes get one in both weeks first."""
    of_code = "workload = 'complex_enterprise' AND week IN ('2026-07-06', '2026-07-13')"
    home = changed(
        "INSERT INTO marts.routing_table SELECT * REPLACE ('escalation' AS role, 3 AS position, "
        "CASE week WHEN '2026-07-13' THEN 'other/model' ELSE 'deepseek/deepseek-v4-pro' END "
        f"AS model_id) FROM marts.routing_table WHERE {of_code} AND position = 0"
    )
    text = digest.render(home / "warehouse.duckdb")["digest.md"].decode()
    assert "complex enterprise (escalation deepseek/deepseek-v4-pro → other/model)" in text
    english, russian, *_ = page.write(home)
    assert "was escalation DeepSeek V4 Pro" in Reader(english.read_text()).text
    assert "раньше: эскалация DeepSeek V4 Pro" in Reader(russian.read_text()).text


def remembered(*chain: str) -> notification.Notified:
    return {"week": "2026-07-13", "routes": {"work": [*chain]}, "alerts": [], "configurations": []}


def test_a_chain_remembered_without_roles_is_no_news() -> None:
    now = remembered("primary a/b", "fallback c/d")
    assert notification._news(remembered("a/b", "c/d"), now, [], {}) == []
    assert notification._news(remembered("c/d", "a/b"), now, [], {}) == [
        "work: c/d, a/b → primary a/b, fallback c/d"
    ]


@pytest.mark.accept
def test_the_digest_escapes_names(changed: Changed) -> None:
    home = changed(
        f"UPDATE marts.rank_moves SET model_permaslug = {literal(MARKUP + chr(0x1B) + '[1m](x)')} "
        "WHERE week = '2026-07-13' AND top_n = 10 AND move = 'entered'"
    )
    text = digest.render(home / "warehouse.duckdb")["digest.md"].decode()
    assert r"x/\<script\>alert(1)\</script\>\<img" in text
    assert "\x1b" not in text
    root = ElementTree.fromstring(feed.render(home / "warehouse.duckdb", "")["feed.xml"])  # noqa: S314
    lines = [element.text or "" for element in root.iter() if element.text]
    assert any(MARKUP in line for line in lines)


def test_a_name_cannot_turn_its_sentence() -> None:
    assert isolated("plain/name") == "plain/name"
    assert isolated("שלום") == "\u2068שלום\u2069"


def test_the_feed_is_valid_atom_with_an_entry_a_complete_week(database: Path) -> None:
    root = ElementTree.fromstring(feed.render(database, "")["feed.xml"])  # noqa: S314 our own file
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 13
    for element in (root, *entries):  # RFC 4287, 4.1.1 and 4.1.2: one of each
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
        datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "")
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == 13 and all(f"{one}".startswith("urn:uuid:") for one in ids)
    for entry in entries:
        (content,) = entry.findall(f"{ATOM}content")
        assert content.get("type") == "xhtml"
        (division,) = content
        assert division.tag == "{http://www.w3.org/1999/xhtml}div"
        assert 1 <= len(division[0]) <= 5 == len(division[1])
    assert (entries[0].findtext(f"{ATOM}title") or "").startswith("2026-07-13: Two models")
    assert entries[0].findtext(f"{ATOM}updated") == "2026-08-22T23:59:59Z"  # as-of, not the clock


def test_the_feed_leads_to_the_pages_of_a_site_if_there_is_one(database: Path) -> None:
    root = ElementTree.fromstring(  # noqa: S314 our own file
        feed.render(database, "https://example.org/weeks/")["feed.xml"]
    )
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "self": "https://example.org/weeks/feed.xml",
        "alternate": "https://example.org/weeks/index.html",
    }
    newest = root.findall(f"{ATOM}entry/{ATOM}link")[0]
    assert newest.get("href") == "https://example.org/weeks/2026-07-13.html"
    assert b"<link" not in feed.render(database, "")["feed.xml"]


@pytest.mark.accept
def test_the_feed_has_only_the_last_weeks(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_ENTRIES", 2)
    root = ElementTree.fromstring(feed.render(database, "")["feed.xml"])  # noqa: S314 our own file
    titles = [entry.findtext(f"{ATOM}title") or "" for entry in root.findall(f"{ATOM}entry")]
    assert [title[:10] for title in titles] == ["2026-07-13", "2026-07-06"]


def test_digest_and_feed_have_the_same_bytes_twice(database: Path) -> None:
    assert digest.render(database) == digest.render(database)
    assert feed.render(database, "") == feed.render(database, "")


class Receiver(HTTPServer):
    """Stands in for a chat's webhook and records the messages."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.messages: list[dict[str, Any]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"json://user:{SECRET}@127.0.0.1:{self.server_port}/hook"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Receiver)
        self.server.messages.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_alert_that_version_0_1_0_sent_with_its_evidence_is_no_news(
    changed: Changed, receiver: Receiver
) -> None:
    home = changed()
    with reading(home / "warehouse.duckdb") as connection:
        (week,) = week_rows.digests(connection, [date(2026, 7, 13)])
    now = notification.state(week)
    sent = [f"{alert}: week on week -38.0%, 90% interval" for alert in now["alerts"]]
    assert len(sent) > 1
    (home / "report").mkdir(exist_ok=True)
    (home / "report" / "told.json").write_text(json.dumps({**now, "alerts": sent[1:]}))
    assert notification.notify(home, receiver.address) == "sent"
    (message,) = receiver.messages
    assert findings.alert(english(), week["alerts"][0]) in message["message"]
    assert findings.alert(english(), week["alerts"][1]) not in message["message"]


def test_it_notifies_once_and_only_of_news(changed: Changed, receiver: Receiver) -> None:
    home = changed("DELETE FROM marts.alerts WHERE kind <> 'mover'")
    assert notification.notify(home, receiver.address) == "sent"
    (first,) = receiver.messages
    assert first["title"] == "Tokenhouse weekly report, 2026-07-13"
    assert "stepfun/step-3.7-flash-20260528 moved by −38.4% on the week before" in first["message"]
    assert "Source: OpenRouter" in first["message"]
    assert notification.notify(home, receiver.address) == "not sent: nothing is new"
    assert notification.notify(changed(TO_ANOTHER_MODEL), receiver.address) == "sent"
    assert "pr_review: primary google/" in receiver.messages[1]["message"]
    assert "→ primary other/model" in receiver.messages[1]["message"]
    assert notification.notify(changed(), f"{receiver.address}, {receiver.address}") == "sent"
    assert len(receiver.messages) == 4


def test_the_story_is_sent_on_request_with_the_address_of_its_page(
    database: Path, receiver: Receiver
) -> None:
    site = "https://example.org/weeks"
    for where in ({}, {"TOKENHOUSE_SITE": site}):
        done = tokenhouse(
            database.parent,
            "report",
            "--send",
            "--format",
            "md",
            NOTIFY_URLS=receiver.address,
            **where,
        )
        assert (done.returncode, done.stderr.strip()) == (0, "sent")
    first, second = receiver.messages
    assert "2026-07-13: Two models, one of them free" in first["title"]
    assert "Free models: 24.9% of all tokens" in first["message"]
    assert site not in first["message"]
    assert f"{site}/2026-07-13.html" in second["message"]


def test_a_finding_in_a_configuration_is_sent_once(changed: Changed, receiver: Receiver) -> None:
    home = changed("DELETE FROM marts.alerts")
    assert notification.notify(home, receiver.address) == "not sent: nothing is new"
    found = {"a.yaml gone x/y": "a.yaml:5: error: x/y is gone from OpenRouter."}
    assert notification.notify(home, receiver.address, found) == "sent"
    assert notification.notify(home, receiver.address, found) == "not sent: nothing is new"
    (message,) = receiver.messages
    assert found["a.yaml gone x/y"] in message["message"]


def test_without_news_or_addresses_nobody_is_notified(changed: Changed, receiver: Receiver) -> None:
    home = changed("DELETE FROM marts.alerts")
    assert notification.notify(home, receiver.address) == "not sent: nothing is new"
    changed("DELETE FROM marts.alerts", TO_ANOTHER_MODEL)
    assert notification.notify(home, "") == "not sent: NOTIFY_URLS is empty"
    assert notification.notify(home, receiver.address) == "not sent: nothing is new"
    assert receiver.messages == []


def test_a_week_that_is_too_far_behind_ends_status_with_1_and_is_sent(
    published: Path, receiver: Receiver
) -> None:
    behind = json.loads(tokenhouse(published, "status", "--json").stdout)["weeks_behind"]
    assert behind > 0
    arguments = ["status", "--notify", "--max-behind"]
    fine = tokenhouse(published, *arguments, f"{behind}", NOTIFY_URLS=receiver.address)
    assert (fine.returncode, receiver.messages) == (0, [])
    late = tokenhouse(published, *arguments, f"{behind - 1}", NOTIFY_URLS=receiver.address)
    said = f"the newest week is {behind} weeks behind: run `tokenhouse run`"
    assert (late.returncode, late.stderr) == (1, f"tokenhouse: {said}\n")
    (message,) = receiver.messages
    assert message["message"] == said


def test_a_week_is_sent_on_request_and_a_receiver_that_refuses_is_an_error(
    published: Path, receiver: Receiver
) -> None:
    arguments = ["report", "--week", "2026-07-06", "--format", "md", "--send"]
    done = tokenhouse(published, *arguments, NOTIFY_URLS=receiver.address)
    assert (done.returncode, done.stderr) == (0, "sent\n")
    (message,) = receiver.messages
    headline = message["title"].partition("2026-07-06: ")[2]
    assert headline and headline in done.stdout
    assert "CC BY 4.0" in message["message"]
    receiver.status = 500
    refused = tokenhouse(published, *arguments, NOTIFY_URLS=receiver.address)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert SECRET not in refused.stderr


def test_dagsters_check_of_freshness_notifies_of_a_week_that_is_missing(
    published: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKENHOUSE_HOME", f"{published}")
    monkeypatch.setenv("NOTIFY_URLS", receiver.address)
    settings.cache_clear()
    done = defs.resolve_job_def("freshness").execute_in_process()
    settings.cache_clear()
    (late,) = done.get_asset_check_evaluations()
    (message,) = receiver.messages
    assert message["message"] == late.description
    assert late.metadata["notification"].value == "sent"
    assert SECRET not in f"{done.all_events}"


@pytest.mark.parametrize("address", ["refusing", "nobody", "no address"])
def test_what_fails_is_tried_again_and_keeps_its_secret(
    changed: Changed,
    receiver: Receiver,
    address: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.status = 500
    addresses = {
        "refusing": receiver.address,
        "nobody": f"json://user:{SECRET}@127.0.0.1:9/hook",
        "no address": f"nothing://{SECRET}",
    }
    home = changed()
    done = notification.notify(home, addresses[address])
    assert done == "not sent: an address of NOTIFY_URLS is not valid or did not accept it"
    assert not (home / "report" / "notified.json").exists()
    receiver.status = 200
    assert notification.notify(home, receiver.address) == "sent"
    written = "".join(path.read_text() for path in (home / "report").iterdir())
    assert SECRET not in caplog.text + "".join(capfd.readouterr()) + written
    assert SECRET not in repr(Settings(notify_urls=addresses[address]))
