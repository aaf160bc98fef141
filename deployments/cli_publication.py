"""Before a reply is published (公开审查): `masking`."""

from __future__ import annotations

import typer

from deployments.cli_console import AsJson, emit, say, show_table, told
from deployments.cli_office import look
from deployments.cli_work import CaseRef


def register(app: typer.Typer) -> None:
    """Add the command."""
    about = "脱敏对照：公开一件的答复时隐去哪些内容，原文和公开写法并列。只看，不写入。"
    examples = ("banli masking 0001", "banli do 公开审查 --case 0001 --set 另行隐去=张小明=张某")
    app.command("masking", **told(about, *examples))(masking)


def masking(case: CaseRef, *, as_json: AsJson = False) -> None:
    """What publication would hide, as the newest decision or the pack's proposal has it."""
    from tasks.publication_review import review_case

    with look() as connection:
        found = review_case(connection, case)
    if as_json:
        emit(found)
        return
    if found.findings:
        rows = [(one.place, one.kind, one.original, one.shown) for one in found.findings]
        show_table(("位置", "种类", "原文", "公开写法"), rows, caption=f"公开时隐去{len(rows)}处（原件不改）")
    else:
        say("没有发现需要隐去的内容。")
    if found.businesses:
        say(f"提到的企业，是否涉及商业秘密请核对：{'、'.join(found.businesses)}")
