import hashlib
import json
from pathlib import Path

from pipelines.settings import ROOT
from tools import release_files


def test_every_locked_package_is_a_component_and_every_file_has_its_checksum(
    tmp_path: Path,
) -> None:
    (tmp_path / "tokenhouse-1.whl").write_bytes(b"a wheel")
    release_files.write(tmp_path)
    bom = json.loads((tmp_path / "sbom.cdx.json").read_bytes())
    lock = (ROOT / "requirements.lock").read_text()
    pins = [line for line in lock.splitlines() if "==" in line.partition(" ")[0]]
    assert len(bom["components"]) == len(pins) > 100
    dagster = next(one for one in bom["components"] if one["name"] == "dagster")
    assert f"\ndagster=={dagster['version']} " in lock
    assert dagster["purl"] == f"pkg:pypi/dagster@{dagster['version']}"
    assert bom["metadata"]["component"]["name"] == "tokenhouse"
    sums = (tmp_path / "SHA256SUMS").read_text().splitlines()
    assert f"{hashlib.sha256(b'a wheel').hexdigest()}  tokenhouse-1.whl" in sums
    assert len(sums) == 2
