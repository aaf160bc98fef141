"""Every form of the Prefect UI speaks Chinese: each deployment's custom run, each of its fields, however deep."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from deployments.up import PREFECT_YAML

HAN = re.compile(r"[\u4e00-\u9fff]")
SHAPES = {"string", "integer", "number", "boolean", "array", "object"}
DEPLOYMENTS = {
    one["name"]: one["entrypoint"].rpartition(".")[2]
    for one in yaml.safe_load(PREFECT_YAML.read_text("utf-8"))["deployments"]
}


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of a form with the way to it; a list's entries count as fields where they have fields themselves."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}/{name}", field
        yield from fields(field, f"{path}/{name}")
        yield from fields(field.get("items", {}), f"{path}/{name}[]")


@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_every_field_of_a_custom_run_has_a_chinese_title_and_help_and_one_shape(deployment):
    from flows.registry import FLOWS  # noqa: PLC0415 - Prefect takes seconds to load

    schema = FLOWS[DEPLOYMENTS[deployment]].parameters.model_dump_for_openapi()
    assert not schema.get("definitions"), "the classic form shows a reference as raw JSON"
    wrong = [f"{where} {what}" for where, field in fields(schema) for what in wrong_with(field)]
    assert not wrong, "\n".join(wrong)


def wrong_with(field: dict[str, Any]) -> Iterator[str]:
    """What a coordinator could not read or fill in."""
    if not HAN.search(field.get("title", "")):
        yield "has no Chinese title"
    if not HAN.search(field.get("description", "")):
        yield "has no help in Chinese"
    if field.get("type") not in SHAPES:
        yield f"is a choice of shapes, which is shown as raw JSON: {field}"
    if not all(HAN.search(word) for word in field.get("enum", ())):
        yield f"offers codes: {field['enum']}"
