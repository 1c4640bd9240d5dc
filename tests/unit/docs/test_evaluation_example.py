"""The worked evaluation of the documentation, without the tool that runs it."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import pytest

from pipelines.settings import ROOT

FOLDER = ROOT / "docs" / "examples" / "evaluation"


def loaded() -> ModuleType:
    spec = spec_from_file_location("refactorings", FOLDER / "refactorings.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclass looks for its types
    spec.loader.exec_module(module)
    return module


TASKS: list[Any] = loaded().REFACTORINGS


def test_there_are_enough_tasks_and_each_has_a_name_of_its_own() -> None:
    assert len({task.id for task in TASKS}) == len(TASKS) >= 30


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_the_solution_passes_and_a_likely_slip_does_not(task: Any) -> None:
    assert task.is_solved_by(task.solution)
    assert task.is_solved_by(f"Here it is:\n\n```python\n{task.solution}  # done\n```\nDone.")
    assert task.wrong != task.solution
    for answer in (task.wrong, f"```python\n{task.before}\n```", "", "I cannot do that."):
        assert not task.is_solved_by(answer)
