import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import RefusalError, warn
from pipelines.exports import mart_files
from pipelines.home.database import connect
from pipelines.models import build, definition, publish
from pipelines.models.run_id import compute_run_id
from pipelines.reference import files, templates
from pipelines.reference.consistency import models_named
from pipelines.reference.files import FILES
from pipelines.reference.loader import MAY_BE_EMPTY, TABLES, load, load_all, read
from pipelines.settings import REFERENCE, ROOT
from tests.conftest import tokenhouse


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


@pytest.mark.parametrize("table", TABLES)
def test_what_we_ship_loads(table: str) -> None:
    assert len(load(table)) > 0 or table in MAY_BE_EMPTY


@pytest.mark.parametrize(
    ("table", "was", "becomes", "said"),
    [
        ("vendors", "deepseek,deepseek,", "qwen,deepseek,", r"line 3: repeats the author"),
        ("vendors", ",CN,Hangzhou,lab", ",China,Hangzhou,lab", r"line 2: field country_iso2"),
        ("vendors", ",lab,high,", ",lab,sure,", r"line 2: field confidence"),
        ("weekly_total_history", "2025-01-13", "2025-01-14", r"line 3: .*not a Monday"),
        ("weekly_total_history", "518344242046", "-1", r"line 3: field total_tokens"),
        (
            "vendors",
            ",CN,Hangzhou,lab",
            ",ZZ,Hangzhou,lab",
            r"line 2: field country_iso2: 'ZZ' is no",
        ),
        (
            "series",
            "claude-sonnet,anthropic,claude-*sonnet*",
            "claude-opus,anthropic,claude-*opus*",
            "repeats the series, author, pattern",
        ),
        ("series", "claude-*opus*", "claude-(opus)", r"line 2: field pattern"),
        ("observed_mix", ",0.9889,", ",1.9889,", r"line 2: field prompt_share"),
        ("class_prior", "0.978,0.986", "0.998,0.986", r"line 2: .*must not fall"),
        ("cache_write", "anthropic/,1.25", "anthropic/,0.5", r"line 2: field multiplier"),
        ("price_tier", "premium,3", "luxury,3", r"line 2: field tier"),
        ("weekday_factor", "0,1.031", "7,1.031", r"line 2: field weekday"),
        ("lineage", ",successor,", ",cousin,", r"line 2: field kind"),
        ("workloads", "round_trips: 20", "round_trips: none", r"entry 2: field round_trips"),
        ("workloads", "context_end_tokens: 32000", "context_end_tokens: 1", r"entry 2: .*below"),
        ("workloads", "data_class: public", "data_class: open", r"entry 1: field data_class"),
        ("workloads", "needs_image: false", "needs_sound: false", r"entry 1: field needs_"),
        ("workloads", "- workload: batch_refactor", "  workload: x", r"workloads.yaml"),
    ],
)
def test_a_wrong_row_is_refused_by_file_line_and_field(
    copy: Path, table: str, was: str, becomes: str, said: str
) -> None:
    path = copy / FILES[table]
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, becomes, 1))
    with pytest.raises(RefusalError, match=said):
        load(table, copy)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"{"])
@pytest.mark.parametrize("table", ["workloads", "vendors"])
def test_an_unreadable_file_is_refused_by_name(copy: Path, table: str, content: bytes) -> None:
    path = copy / FILES[table]
    path.write_bytes(content)
    with pytest.raises(RefusalError, match=path.name):
        load(table, copy)


def test_a_period_that_overlaps_an_earlier_one_is_refused(copy: Path) -> None:
    path = copy / "vendors.csv"
    first, second = path.read_text().splitlines()[:2]
    row = second.removesuffix(",,")
    path.write_text(f"{first}\n{row},,2026-01-31\n{row},2026-01-01,\n")
    with pytest.raises(RefusalError, match=r"line 3: field valid_from: 2026-01-01 is inside"):
        load("vendors", copy)
    path.write_text(f"{first}\n{row},,2026-01-31\n{row},2026-02-01,\n")
    assert len(load("vendors", copy)) == len(load("vendors")) + 1  # one replaces, one is added


def test_a_vendor_without_a_row_of_its_own_is_refused(copy: Path) -> None:
    path = copy / "vendors.csv"
    path.write_text(path.read_text().replace("alibaba,qwen,", "alibaba,tongyi,", 1))
    with pytest.raises(RefusalError, match="alibaba: vendor 'tongyi' has no row as author"):
        load_all(copy)


def test_every_reference_table_is_checked() -> None:
    assert set(load_all()) == set(TABLES)


def test_models_that_people_rule_on_are_named_with_their_file(copy: Path) -> None:
    assert models_named(load_all(copy)) == []
    with (copy / "deploy_policy.csv").open("a") as file:
        file.write("*,model,nobody/nothing,ban,a typo,2026-11-24\n")
    assert models_named(load_all(copy)) == [
        {"file": "deploy_policy.csv", "model_id": "nobody/nothing"}
    ]


def test_the_command_names_what_is_missing(published: Path) -> None:
    answer = json.loads(tokenhouse(published, "check-reference", "--json").stdout)
    assert set(answer["tables"]) == set(TABLES)
    with connect(published / "warehouse.duckdb") as connection:
        by_author = dict(
            connection.sql(
                "SELECT author, sum(CASE WHEN week = '2026-07-13' THEN tokens ELSE 0 END)::BIGINT "
                "FROM marts.unknown_author GROUP BY author"
            ).fetchall()
        )
    assert answer["newest_week"] == "2026-07-13"
    assert {row["author"]: row["tokens"] for row in answer["unknown_authors"]} == by_author
    assert by_author["openchat"] == 0
    assert answer["unlisted_families"] == answer["series_rules"] == answer["unseen_models"] == []


@pytest.fixture
def with_own_series(published: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a published home whose rules of series differ from the shipped ones."""

    def home(was: str, becomes: str) -> Path:
        (tmp_path / "warehouse.duckdb").symlink_to(published / "warehouse.duckdb")
        (tmp_path / "reference").mkdir()
        first, *rules = (REFERENCE / "series.csv").read_text().splitlines()
        rule = next(one for one in rules if was in one)
        changed = rule.replace(was, becomes)
        has_another_key = changed.split(",")[:3] != rule.split(",")[:3]
        rows = [f"{changed},", *[f"{rule},true"] * has_another_key]
        own = tmp_path / "reference" / "series.csv"
        own.write_text("\n".join([f"{first},disabled", *rows]))
        return tmp_path

    return home


@pytest.mark.parametrize(
    ("was", "becomes", "finding"),
    [
        ("gemini-embedding-* learnlm-*", "learnlm-*", "google/gemini-embedding-001   none fits"),
        (",*lite* *image* *8b*", ",", "gemini-3.1-flash-lite"),
        ("kimi-k3*", "kimi-k4*", "no family fits it"),
    ],
    ids=["a family without a rule", "rules that overlap", "a rule that nothing fits"],
)
def test_the_command_names_what_the_rules_of_series_leave_open(
    with_own_series: Callable[[str, str], Path], was: str, becomes: str, finding: str
) -> None:
    shown = tokenhouse(with_own_series(was, becomes), "check-reference")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert finding in shown.stdout


def test_members_of_a_series_listed_by_version_0_1_0_are_rules_of_one_family(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "series.csv"
    path.write_text(
        "series,family,source,recorded_on,valid_from,valid_to\n"
        "claude-opus,anthropic/claude-4.5-opus,catalogue,2026-11-23,,\n"
    )
    *shipped, rule = load("series", tmp_path).to_pylist()
    assert shipped == load("series").to_pylist()
    assert (rule["author"], rule["pattern"]) == ("anthropic", "claude-4.5-opus")
    assert capsys.readouterr().err == (
        f"tokenhouse: warning: {path} lists families: write rules with author and pattern, "
        "or remove it to use the shipped ones\n"
    )


def test_a_row_of_the_home_is_added_and_the_other_tables_stay(tmp_path: Path) -> None:
    (tmp_path / "own_evaluation.csv").write_text(
        "workload,model_id,tasks,passed,source,recorded_on\n"
        "agent_tool_loop,a/b,9,8,own,2026-07-05\n"
    )
    tables = load_all(tmp_path)
    assert [row["model_id"] for row in tables["own_evaluation"].to_pylist()] == ["a/b"]
    assert tables["vendors"].equals(load("vendors"))


def test_claims_of_the_home_join_the_shipped_ones(tmp_path: Path) -> None:
    article = (REFERENCE / "claims" / "article_2026_05.csv").read_text()
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "mine.csv").write_text(article)
    assert len(load("claims", tmp_path)) == 2 * len(load("claims"))
    (tmp_path / "claims" / "mine.csv").rename(tmp_path / "claims" / "article_2026_05.csv")
    assert len(load("claims", tmp_path)) == len(load("claims"))


def test_what_0_1_0_called_strata_is_read_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warn.cache_clear()
    shipped = (REFERENCE / "workloads.yaml").read_text()
    (tmp_path / "strata.yaml").write_text(shipped.replace("- workload:", "- stratum:"))
    evaluated = "stratum,model_id,tasks,passed,source,recorded_on\ninline_completion,a/b,9,8,own,"
    (tmp_path / "own_evaluation.csv").write_text(f"{evaluated}2026-07-05\n")
    tables = load_all(tmp_path)
    assert tables["workloads"].equals(load("workloads"))
    assert tables["own_evaluation"]["workload"].to_pylist() == ["inline_completion"]
    assert capsys.readouterr().err.splitlines() == [
        f"tokenhouse: warning: {tmp_path}/strata.yaml is now called workloads.yaml: rename it",
        *(
            f"tokenhouse: warning: {tmp_path}/{name}: `stratum` is now called `workload`: rename it"
            for name in ("strata.yaml", "own_evaluation.csv")
        ),
    ]
    assert files.unread(tmp_path) == []


def test_a_file_that_no_table_reads_is_named(published: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(published, tmp_path / "home"))
    own = home / "reference"
    own.mkdir()
    for name in ("vendor.csv", "strata.yaml", "workloads.yaml", "own_evaluation.csv", ".keep"):
        (own / name).write_text("")
    assert files.unread(own) == [own / "strata.yaml", own / "vendor.csv"]
    (own / "workloads.yaml").unlink()
    (own / "strata.yaml").unlink()
    (own / "own_evaluation.csv").unlink()
    status = tokenhouse(home, "status", "--json")
    assert json.loads(status.stdout)["unread_files"] == [f"{own / 'vendor.csv'}"]
    for command in ("status", "check-reference"):
        said = tokenhouse(home, command).stdout
        assert f"{own / 'vendor.csv'}: no table is read from a file of this name" in said


def test_the_run_id_follows_the_rows_of_reference_files_and_not_their_bytes(
    tmp_path: Path,
) -> None:
    lake, own = tmp_path / "lake", tmp_path / "reference"
    shipped = compute_run_id(lake, [])
    Path(shutil.copytree(REFERENCE, own))
    policy = own / "workloads.yaml"
    policy.write_text(f"# a remark\n{policy.read_text()}")
    assert compute_run_id(lake, []) == shipped
    policy.write_text(policy.read_text().replace("round_trips: 20", "round_trips: 21"))
    assert compute_run_id(lake, []) != shipped


POLICY = "workload,kind,name,rule,source,recorded_on,disabled\n"


def test_a_row_of_the_home_replaces_the_shipped_one_of_its_key_in_its_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "parameter.csv").write_text(
        "# my own\nparameter,value,meaning,source,recorded_on\n"
        "# draws,1,not read,me,2026-11-28\n"
        "draws,100,fewer,me,2026-11-28\n"
    )
    shipped, own = load("parameter").to_pylist(), load("parameter", tmp_path).to_pylist()
    assert [row["parameter"] for row in own] == [row["parameter"] for row in shipped]
    differing = [row for row in own if row not in shipped]
    assert [(row["parameter"], row["value"]) for row in differing] == [("draws", 100)]


def test_rows_are_added_and_disabled_in_csv_and_yaml(tmp_path: Path) -> None:
    (tmp_path / "deploy_policy.csv").write_text(
        f"{POLICY}*,origin,CN,,,,true\n*,vendor,qwen,ban,a contract,2026-11-28,\n"
    )
    (tmp_path / "workloads.yaml").write_text("- {workload: pr_review, disabled: true}\n")
    tables = load_all(tmp_path)
    rules = [(row["kind"], row["name"]) for row in tables["deploy_policy"].to_pylist()]
    assert rules == [("origin", "US"), ("origin", "OTHER"), ("vendor", "qwen")]
    names = [row["workload"] for row in load("workloads").to_pylist()]
    assert tables["workloads"]["workload"].to_pylist() == [
        name for name in names if name != "pr_review"
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("*,origin,XX,,,,true\n", r"line 2: disables \*, origin, XX, which is not a shipped row"),
        (",,,,,,true\n", "line 2: disables a row without its key"),
        ("*,origin,CN,,,,yes\n", "line 2: field disabled: 'yes' is none of true, false"),
        (
            "*,origin,CN,,,,true\n*,origin,CN,ban,me,2026-11-28,\n",
            "line 2: disables a row that .*line 3 writes",
        ),
        ("*,origin,CN,ban,me,2026-11-28,,\n", "line 2: "),
    ],
)
def test_a_wrong_row_of_the_home_is_one_line(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "deploy_policy.csv").write_text(POLICY + rows)
    with pytest.raises(RefusalError, match=said):
        load("deploy_policy", tmp_path)


def test_an_edit_over_the_shipped_rows_is_the_edit_of_the_shipped_file(tmp_path: Path) -> None:
    rows = (REFERENCE / "vendors.csv").read_text()
    edited = rows.replace(",CN,Hangzhou,lab,high,", ",CN,Hangzhou,lab,low,", 1)
    assert edited != rows
    path = tmp_path / "vendors.csv"
    path.write_text(edited)
    (row,) = [line for line in edited.splitlines() if line not in rows.splitlines()]
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "vendors.csv").write_text(f"{rows.splitlines()[0]}\n{row}\n")
    assert load("vendors", alone).equals(read("vendors", [path]))


def test_templates_change_nothing_until_a_row_is_edited(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = json.loads(tokenhouse(home, "init", "--json").stdout)
    names = [FILES[table] for table in templates.EDITED]
    written = [f"{home / 'reference' / name}" for name in names]
    assert made == {"schema_version": 1, "written": written, "kept": []}
    assert load_all(home / "reference") == load_all()
    policy = home / "reference" / "compliance.csv"
    edited = policy.read_text().replace("# author,*,public,true", "author,*,public,false", 1)
    policy.write_text(edited)
    again = json.loads(tokenhouse(home, "init", "--json").stdout)
    assert (again["written"], len(again["kept"])) == ([], len(names))
    assert policy.read_text() == edited
    differing = [
        row
        for row in load("compliance", home / "reference").to_pylist()
        if row not in load("compliance").to_pylist()
    ]
    assert [(row["kind"], row["name"], row["is_allowed"]) for row in differing] == [
        ("author", "*", False)
    ]
    workloads = home / "reference" / "workloads.yaml"
    lines = workloads.read_text().splitlines()
    start = lines.index("# - workload: batch_refactor")
    end = lines.index("", start)
    lines[start:end] = [line.removeprefix("# ") for line in lines[start:end]]
    workloads.write_text("\n".join(lines).replace("\n  round_trips: 20", "\n  round_trips: 21"))
    rows = {row["workload"]: row for row in load("workloads", home / "reference").to_pylist()}
    assert rows["batch_refactor"]["round_trips"] == 21
    assert rows.keys() == {row["workload"] for row in load("workloads").to_pylist()}
    shown = json.loads(tokenhouse(home, "status", "--json").stdout)
    assert shown["own_files"] == sorted(f"{home / 'reference' / name}" for name in names)


def test_files_are_checked_again_when_their_bytes_change(tmp_path: Path) -> None:
    first = load_all(tmp_path)
    assert load_all(tmp_path)["vendors"] is first["vendors"]
    shutil.copy(REFERENCE / FILES["price_tier"], tmp_path)
    path = tmp_path / FILES["price_tier"]
    path.write_text(path.read_text().replace("premium,3", "premium,4", 1))
    assert load_all(tmp_path)["price_tier"] != first["price_tier"]
    path.write_text(path.read_text().replace("premium,4", "luxury,4", 1))
    with pytest.raises(RefusalError, match="field tier"):
        load_all(tmp_path)


def test_the_tables_of_the_checkout_are_no_rows_over_themselves(tmp_path: Path) -> None:
    checkout = tmp_path / "warehouse"
    checkout.mkdir()
    (checkout / "reference").symlink_to(REFERENCE)
    assert files.in_force(checkout / "reference") == []
    assert files.own_paths("workloads", checkout / "reference") == []
    assert files.unread(REFERENCE) == []
    refused = tokenhouse(checkout, "init")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "set TOKENHOUSE_HOME to a folder of your own first" in refused.stderr


EDITS = {
    "vendors.csv": (",CN,Hangzhou,lab,high,", ",US,Hangzhou,lab,low,"),
    "parameter.csv": ("draws,4000,", "draws,200,"),
    "workloads.yaml": ("round_trips: 20", "round_trips: 21"),
    "compliance.csv": ("author,*,public,true", "author,*,public,false"),
}


def test_the_guide_names_the_key_of_every_table() -> None:
    guide = (ROOT / "docs" / "routing.md").read_text().partition("| file | key |")[2]
    written = {
        file: tuple(re.findall(r"`(\w+)`", key))
        for names, key in re.findall(r"^\| (`.+`) \| (`.+`) \|$", guide, re.MULTILINE)
        for file in re.findall(r"`([\w.]+)`", names)
    }
    keys = {FILES[name]: table.key for name, table in TABLES.items() if name != "claims"}
    assert written == keys


@pytest.mark.accept
def test_the_same_edit_over_the_shipped_rows_and_in_them_gives_the_same_bytes_of_every_mart(
    sample_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, edited = tmp_path / "over", tmp_path / "edited"
    defaults = Path(shutil.copytree(REFERENCE, tmp_path / "defaults"))
    for home in (over, edited):
        shutil.copytree(sample_lake, home / "lake")
    (over / "reference").mkdir()
    for name, (was, becomes) in EDITS.items():
        path = defaults / name
        text = path.read_text()
        assert was in text, name
        path.write_text(text.replace(was, becomes, 1))
        own = [line for line in path.read_text().splitlines() if line not in text.splitlines()]
        header = text.splitlines()[0]
        written = path.read_text() if name.endswith(".yaml") else "\n".join([header, *own])
        (over / "reference" / name).write_text(written)

    def marts(home: Path) -> dict[str, bytes]:
        aside, results = build.build(home, definition.load())
        assert [f"{result}" for result in results if result.failures] == []
        publish.publish(aside, home / "warehouse.duckdb")
        return mart_files.render(definition.load(), home / "warehouse.duckdb")

    found = marts(over)
    monkeypatch.setattr(files, "REFERENCE", defaults)
    assert found == marts(edited)
    monkeypatch.undo()
    assert load_all()["workloads"] != load_all(over / "reference")["workloads"]


def test_a_column_that_no_table_has_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    header, row, *_ = (REFERENCE / "compliance.csv").read_text().splitlines()
    own = tmp_path / "reference" / "compliance.csv"
    own.parent.mkdir()
    own.write_text(f"{header},colour\n{row},red\n")
    done = tokenhouse(tmp_path, "check-reference")
    (line,) = done.stderr.splitlines()
    assert (done.returncode, f"{own}, line 2: field colour" in line) == (1, True)
