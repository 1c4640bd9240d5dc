"""The guide to claims files: every row that it shows is audited and has the verdict it shows."""

import re
from pathlib import Path

from pipelines.queries.audit import audit
from pipelines.reference.claim_metrics import METRICS, UNITS
from pipelines.settings import ROOT

GUIDE = (ROOT / "docs" / "claims.md").read_text()
ROW = re.compile(r"^\| (?P<said>.+) \| `(?P<cells>.+)` \| (?P<verdict>[A-Z_]+) \|$", re.MULTILINE)
HEADER = "claim_id,metric,subject,period,since,operator,value,unit,rank,printed_as"


def test_every_row_of_the_guide_has_its_verdict(database: Path, tmp_path: Path) -> None:
    shown = list(ROW.finditer(GUIDE))
    path = tmp_path / "claims.csv"
    lines = [f"c{number},{row['cells']},said so" for number, row in enumerate(shown)]
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    claims = audit(database, path, None)["claims"]
    assert len(claims) == len(shown) >= 40
    wrong = [
        (row["said"], claim["verdict"], claim["explanation"])
        for row, claim in zip(shown, claims, strict=True)
        if claim["verdict"] != row["verdict"]
    ]
    assert wrong == []
    assert {claim["verdict"] for claim in claims} >= {
        "CONFIRMED",
        "SCOPE_ONLY",
        "UNVERIFIABLE",
        "CONTRADICTED",
    }


def test_the_guide_explains_every_metric_and_unit() -> None:
    assert [name for name in (*METRICS, *UNITS) if not re.search(rf"[`, ]{name}[`, ]", GUIDE)] == []
