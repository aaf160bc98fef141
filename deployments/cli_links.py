"""Links that were lost (办理链接): `link resend`."""

from __future__ import annotations

from typing import Annotated

import typer

from deployments.cli_console import AsJson, DryRun, emit, group, say, told
from deployments.cli_office import office_engine
from deployments.cli_work import CaseRef
from models.errors import Fault, InputError

To = Annotated[str, typer.Option("--to", help="发给谁：承办单位，或提案人的姓名。", metavar="名称")]
By = Annotated[str, typer.Option("--by", metavar="姓名", help="谁重发的，记入办理记录。")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    links = group("link", "办理链接：遗失的作废重发。")
    about = (
        "承办单位或提案人遗失了链接：此前的链接作废，新的随通知发到登记的联系方式，记入办理记录。"
        "链接不会显示在这里；承办单位的待办清单一并换新。"
    )
    examples = ("banli link resend 0001 --to 民政局", "banli link resend 0001 --to 张三 --dry-run")
    links.command("resend", **told(about, *examples))(resend)
    app.add_typer(links)


def resend(
    case: CaseRef, to: To, *, by: By = "督办单位经办人", dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Revoke and send anew."""
    from models.actions.action import SYSTEM
    from models.actions.upkeep import RenewLinks
    from models.vocabulary import Channel
    from tasks import renewing

    actor = SYSTEM.model_copy(update={"name": by, "channel": Channel.COMMAND})
    found = renewing.resend(office_engine(), RenewLinks(case=case, by=actor, to=to), dry_run=dry_run)
    if found.outcome.refused:
        what, _, remedy = found.outcome.message.partition("。")
        raise InputError(Fault(f"第{case}号", what, remedy))
    if as_json:
        emit({"outcome": found.outcome, "revoked_links": found.revoked, "dry_run": dry_run})
        return
    done = "将作废" if dry_run else "已作废"
    say(f"{done}{to}此前的链接{found.revoked}个，新的链接随通知发到登记的联系方式。")
    if dry_run:
        say("只是试办，没有写入。")
