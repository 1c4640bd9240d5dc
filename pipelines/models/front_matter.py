"""The contract of a model's front matter, for those that no earlier process has read (`kept`)."""

from typing import Any

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator

from pipelines.errors import first_fault
from pipelines.models.python.registry import FUNCTIONS


class Contract(BaseModel, extra="forbid"):
    """What a model's author writes on top of the file."""

    description: str
    grain: str
    empty: str = ""
    unique: list[str] = Field(min_length=1)
    function: str | None = None
    private: bool | str = False
    columns: dict[str, str | None] = Field(min_length=1)
    accepted: dict[str, list[str]] = {}
    checks: dict[str, str] = {}

    @field_validator("function")
    @classmethod
    def _function_exists(cls, name: str | None) -> str | None:
        if name is not None and name not in FUNCTIONS:
            raise ValueError(f"{name!r} is none of {', '.join(FUNCTIONS)}")
        return name


def fields(text: str) -> dict[str, Any]:
    """Return the fields of a front matter; ValueError says what is wrong with it."""
    try:
        return Contract.model_validate(yaml.load(text, yaml.CSafeLoader)).model_dump()
    except yaml.YAMLError as error:
        raise ValueError(f"front matter: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise ValueError(f"front matter, {first_fault(error, 'front matter')}") from None
