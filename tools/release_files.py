"""Write next to wheel and sdist what a release needs: a list of components, and checksums.

The list (`sbom.cdx.json`, CycloneDX) names what `requirements.lock` locks; the hashes are there.
Neither file contains an instant: the same checkout gives the same bytes.
"""

import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from pipelines.home.files import write_atomically
from pipelines.settings import ROOT

PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<marker> ;)?", re.MULTILINE)


def components() -> list[dict[str, str]]:
    """Return the locked packages; those of some systems only are optional."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return [
        {
            "type": "library",
            "name": pin["name"],
            "version": pin["version"],
            "purl": f"pkg:pypi/{pin['name']}@{pin['version']}",
            "scope": "optional" if pin["marker"] else "required",
        }
        for pin in PIN.finditer(lock)
    ]


def bill_of_materials() -> dict[str, Any]:
    """Return the list of components as CycloneDX."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    subject = {
        "type": "application",
        "name": project["name"],
        "version": project["version"],
        "purl": f"pkg:pypi/{project['name']}@{project['version']}",
        "licenses": [{"license": {"id": project["license"]}}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": subject},
        "components": components(),
    }


def write(folder: Path) -> None:
    """Write both files into the folder of wheel and sdist."""
    bom = json.dumps(bill_of_materials(), indent=1) + "\n"
    write_atomically(folder / "sbom.cdx.json", bom.encode())
    released = sorted([*folder.glob("tokenhouse-*"), folder / "sbom.cdx.json"])
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in released]
    write_atomically(folder / "SHA256SUMS", "".join(sums).encode())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
