"""The score of a place, and what is ticked: only what a program has seen."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.probes import facts
from pipelines.probes.facts import WORKSPACE, Probe
from pipelines.runbook import checklist, deployment
from pipelines.runbook.deployment import CHECKS, DAYS, targets
from pipelines.settings import TARGETS
from pipelines.words.language import languages

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def status(hours_ago: float, **facts: Any) -> Probe:
    return Probe(NOW - timedelta(hours=hours_ago), "gateway_status", None, facts)


def test_every_place_has_every_check_and_every_check_has_words() -> None:
    assert tuple(targets()) == TARGETS
    for place in targets().values():
        assert tuple(place.checks) == CHECKS
        assert place.source
    for language in languages():
        assert tuple(language.words["runbook"]["check"]) == (*CHECKS, *WORKSPACE)


def test_what_is_unknown_counts_as_not_met() -> None:
    assert targets()["laptop"].score == 0
    assert targets()["container"].score == pytest.approx(2 / 7)
    assert not any(place.suits_unattended for place in targets().values())


def test_probes_show_what_a_place_alone_does_not() -> None:
    week = [status(24 * day + 1, reachable=True, supervised=True) for day in reversed(range(DAYS))]
    place = deployment.observed("container", week, NOW)
    assert place.score == pytest.approx(5 / 7)
    assert place.suits_unattended
    gap = [one for one in week if one.at != week[3].at]
    assert deployment.observed("container", gap, NOW).checks["probed_all_week"] is False
    assert deployment.days_probed(gap, NOW) == DAYS - 1
    down = [*week, status(0, reachable=False, supervised=False)]
    assert deployment.observed("container", down, NOW).score == pytest.approx(3 / 7)
    assert deployment.observed("vps", [status(30, reachable=True)], NOW).checks["reachable"] is None
    assert deployment.observed("vps", [], NOW) == targets()["vps"]


def test_a_clock_that_is_ahead_shows_nothing() -> None:
    ahead = [
        status(-48, reachable=True, supervised=True),
        Probe(NOW + timedelta(days=2), "deploy", None, {"survives_reboot": True}),
    ]
    assert deployment.checked(ahead, NOW) == {}
    assert (
        deployment.observed("vps", [status(1, reachable=False), *ahead], NOW).checks["reachable"]
        is False
    )
    assert deployment.hours_down([status(1, reachable=False), ahead[0]], NOW) == 0


def test_what_a_script_on_the_machine_has_checked_counts_for_a_week() -> None:
    written = {"deploy": {"supervised": True, "survives_reboot": True, "key_not_in_unit": "sk-1"}}
    (checked,) = facts.read(json.dumps(written), "-", NOW - timedelta(days=1))
    assert checked.facts == {"supervised": True, "survives_reboot": True}
    probes = [checked, status(1, reachable=True, supervised=False)]
    assert deployment.observed("container", probes, NOW).score == pytest.approx(5 / 7)
    later = NOW + timedelta(days=7)
    assert deployment.observed("container", probes, later).checks["survives_reboot"] is None


def test_scripts_may_check_one_thing_each() -> None:
    first = Probe(NOW - timedelta(hours=2), "deploy", None, {"supervised": True})
    second = Probe(NOW - timedelta(hours=1), "deploy", None, {"workspace_local": True})
    assert deployment.checked([first, second], NOW) == {"supervised": True, "workspace_local": True}
    place = deployment.observed("vps", [first, second], NOW)
    assert tuple(place.checks) == CHECKS
    assert place.checks["supervised"] is True


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"workspace_local": True, "workspace_synced_at": "2026-11-28T11:00:00+02:00"}, True),
        ({"workspace_local": True, "workspace_synced_at": "2026-11-26T11:00:00Z"}, False),
        ({"workspace_local": True, "workspace_synced_at": "2030-11-28T11:00:00Z"}, False),
        ({"workspace_local": False, "workspace_synced_at": "2026-11-28T11:00:00Z"}, False),
        ({"workspace_local": True}, None),
        ({"workspace_local": True, "workspace_synced_at": "2026-11-28T11:00:00"}, None),
        ({"workspace_local": "yes", "workspace_synced_at": "sk-1"}, None),
        ({}, None),
    ],
)
def test_a_workspace_is_synced_if_a_script_says_so_of_the_last_day(
    written: dict[str, Any], expected: bool | None
) -> None:
    probes = facts.read(json.dumps({"deploy": written}), "-", NOW)
    assert "sk-1" not in f"{probes}"
    assert checklist.workspace_synced(probes, NOW) is expected


def test_gaps_of_the_week_are_counted_by_the_probes() -> None:
    def down(*probes: Probe) -> float:
        return deployment.hours_down(sorted(probes, key=lambda one: one.at), NOW)

    up, gone = {"reachable": True}, {"reachable": False}
    assert down() == 0
    assert down(status(9, **up), status(5, **gone), status(4, **gone), status(2, **up)) == 3
    assert down(status(5, **gone)) == 0, "it was not probed since"
    assert down(status(5, **gone), status(4, **gone)) == 1
    assert down(status(5, **gone), status(4, version="1"), status(3, **gone)) == 2
    assert down(status(200, **gone), status(167, **up)) == 1
    assert down(status(300, **gone), status(250, **up)) == 0
    other = status(4, **up)._replace(kind="litellm_readiness", facts={"ready": True})
    assert down(status(5, **gone), other, status(3, **up)) == 2
    assert down(status(5, **up), status(3, version="1")) == 0
