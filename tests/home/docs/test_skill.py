"""What agents read first: eight tables that exist with these columns, and the same five rules."""

import re

from pipelines.models import definition
from pipelines.settings import ROOT

SKILL = (ROOT / "SKILL.md").read_text()
LLMS = (ROOT / "llms.txt").read_text()
AGENTS = (ROOT / "docs" / "agents.md").read_text()


def test_the_eight_tables_have_the_columns_that_are_named() -> None:
    columns = {model.name: {one.name for one in model.columns} for model in definition.load()}
    rows = re.findall(r"^\| `(marts\.\w+)` \|[^|]+\|([^|]+)\|$", SKILL, re.MULTILINE)
    assert len(rows) == 8
    for table, named in rows:
        assert set(re.findall(r"`(\w+)`", named)) <= columns[table], table
    listed = LLMS.split("Eight tables: ")[1].split(".\n")[0]
    assert re.findall(r"marts\.\w+", listed) == [table for table, _ in rows]


def test_the_five_rules_are_those_of_the_guide() -> None:
    rules = [re.findall(r"^\d\. (.+)$", text, re.MULTILINE) for text in (SKILL, AGENTS)]
    assert len(rules[0]) == len(rules[1]) == 5
    assert rules[0][:4] == rules[1][:4]
    assert rules[0][4].startswith(rules[1][4].rstrip("."))


def test_what_is_listed_for_agents_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", LLMS)
    assert len(links) > 8
    assert [one for one in links if not (ROOT / one).exists()] == []
