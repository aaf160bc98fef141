"""A case's timeline on request (经过)."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import State, flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.states import Completed
from pydantic import WithJsonSchema

from flows.form_fields import shown
from flows.naming import add_case_tags
from models.errors import InputError
from models.form_texts import parse_list
from tasks import clock, database
from tasks.timeline import timeline

FORM = {
    "description": "写出这些件的经过和期限说明，见 Artifacts 里的 case-…。",
    "type": "object",
    "properties": {
        "cases": {
            "title": "案号", "description": "可填多件，一行一件", "type": "array", "items": {"type": "string"}, "position": 0,
        },
    },
    "required": ["cases"],
}  # fmt: skip


@flow(name="经过", flow_run_name=lambda: f"经过 {clock.today()}", validate_parameters=False, persist_result=False)
def tell(wanted: Annotated[dict[str, Any], WithJsonSchema(FORM), shown("写哪些件")]) -> State[int]:
    """把一件的经过写成一页：承办、每个期限是怎样算出来的、办理记录。"""
    numbers: list[str] = []
    for ref in [case for text in wanted.get("cases", ()) for case in parse_list(text)]:
        try:
            found, page = timeline(database.engine(), ref, clock.today())
        except InputError as error:
            get_run_logger().warning("%s：%s", ref, error)
            continue
        create_markdown_artifact(
            markdown=page, key=f"case-{found.case.id}", description=f"{found.case.ref} {found.case.title}"
        )
        numbers.append(found.case.number)
    add_case_tags(numbers)
    return Completed(message=f"写出{len(numbers)}件：{'、'.join(numbers) or '无'}", data=len(numbers))
