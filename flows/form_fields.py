"""Titles and help of a flow's own parameters (表单栏目), as the Prefect UI shows them."""

from __future__ import annotations

from typing import Any

from pydantic import Field


def shown(title: str, about: str = "") -> Any:
    """How a parameter is called in the form, and the help beneath; stands in the parameter's `Annotated`.

    Prefect sets a field's title to the parameter's name and its help to what the docstring says; only what is in
    `json_schema_extra` outlives that.
    """
    return Field(json_schema_extra={"title": title, **({"description": about} if about else {})})
