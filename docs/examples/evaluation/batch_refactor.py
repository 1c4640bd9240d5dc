"""An evaluation of the workload `batch_refactor` for Inspect: `inspect eval batch_refactor.py`."""

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import TaskState, generate
from refactorings import REFACTORINGS

BY_ID = {one.id: one for one in REFACTORINGS}


@task
def batch_refactor() -> Task:
    """Mechanical changes to Python code, one program each."""
    return Task(
        dataset=[Sample(id=one.id, input=one.prompt, target=one.solution) for one in REFACTORINGS],
        solver=generate(),
        scorer=same_program(),
        metadata={"workload": "batch_refactor"},
    )


@scorer(metrics=[accuracy(), stderr()])
def same_program() -> Scorer:
    """Pass an answer that is the same program as the solution."""

    async def score(state: TaskState, target: Target) -> Score:
        answer = state.output.completion
        is_solved = BY_ID[f"{state.sample_id}"].is_solved_by(answer)
        return Score(value=CORRECT if is_solved else INCORRECT, answer=answer)

    return score
