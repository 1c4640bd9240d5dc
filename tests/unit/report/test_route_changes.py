"""What is said of a changed route names every role that changed, and no other."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipelines.report import chains, digest
from pipelines.words.language import languages

WEEK = date(2026, 7, 13)
Chain = dict[str, list[str]]


@st.composite
def drawn(draw: st.DrawFn) -> Chain:
    """Draw a chain: a primary, up to two fallbacks in their order, perhaps an escalation."""
    models = st.sampled_from(["a/a", "b/b", "c/c", "d/d"])
    return {
        "primary": [draw(models)],
        "fallback": draw(st.lists(models, max_size=2, unique=True)),
        "escalation": draw(st.lists(models, max_size=1)),
    }


def change(before: Chain, now: Chain) -> chains.RouteChange:
    rows = [
        {
            "week": week,
            "workload": "work",
            "description": "",
            "role": role,
            "model_id": model,
            "decision": "kept",
        }
        for week, chain in ((WEEK - timedelta(days=7), before), (WEEK, now))
        for role, models in chain.items()
        for model in models
    ]
    (found,) = chains.routes_by_workload(rows, WEEK)
    return found


@given(drawn(), drawn())
def test_the_roles_that_are_named_are_those_that_changed(before: Chain, now: Chain) -> None:
    found = change(before, now)
    differing = [role for role in before if before[role] != now[role]]
    assert sorted(found["changed_roles"]) == sorted(differing)
    assert found["is_changed"] == bool(differing)
    for language in languages():
        words = {
            role: language.say(f"digest.role_changed.{role}", before="¤", now="¤").split("¤")[0]
            for role in ("escalation", "fallback")
        }
        text = digest._change(language, found)
        for role, word in words.items():
            assert (word in text) == (role in differing)
        assert text.count("→") == len([role for role in differing if role != "fallback"])
