"""The code has few modules outside its folders, and no module imports itself through others."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pipelines

PACKAGE = Path(pipelines.__file__).parent
MOST_MODULES = 8


def imported(path: Path, names: set[str]) -> set[str]:
    """Return the modules of the package that a module imports when it is loaded."""
    found = set[str]()
    for node in ast.parse(path.read_bytes()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{one.name}" for one in node.names} | {node.module}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found & names


def test_few_modules_are_in_no_folder() -> None:
    modules = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")
    assert len(modules) <= MOST_MODULES, modules


def test_no_module_imports_itself_through_others() -> None:
    modules = {
        ".".join(("pipelines", *path.relative_to(PACKAGE).with_suffix("").parts)): path
        for path in PACKAGE.rglob("*.py")
        if path.stem != "__init__"
    }
    graph = {name: imported(path, {*modules}) for name, path in modules.items()}
    assert len(list(TopologicalSorter(graph).static_order())) == len(modules)
