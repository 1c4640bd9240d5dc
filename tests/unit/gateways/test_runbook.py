"""The score of a place, and what is ticked: only what a program has seen."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.probes import facts
from pipelines.probes.facts import Probe
from pipelines.runbook import deployment
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
        assert tuple(language.words["runbook"]["check"]) == CHECKS


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


def test_what_a_script_on_the_machine_has_checked_counts_for_a_week() -> None:
    written = {"deploy": {"supervised": True, "survives_reboot": True, "key_not_in_unit": "sk-1"}}
    (checked,) = facts.read(json.dumps(written), "-", NOW - timedelta(days=1))
    assert checked.facts == {"supervised": True, "survives_reboot": True}
    probes = [checked, status(1, reachable=True, supervised=False)]
    assert deployment.observed("container", probes, NOW).score == pytest.approx(5 / 7)
    later = NOW + timedelta(days=7)
    assert deployment.observed("container", probes, later).checks["survives_reboot"] is None
