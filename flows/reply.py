"""The reply (答复)."""

from __future__ import annotations

import os
from typing import Annotated

from prefect import State, flow

from flows.naming import run_name
from flows.parcels import ASKED, Given, Outcomes, form
from flows.recording import ended, record
from flows.retried import retried
from models.actions.reply import CorrectReply, SendReply
from models.settings import settings_from
from tasks import copying, database, replies


@flow(name="答复", flow_run_name=run_name("答复"), validate_parameters=False, persist_result=False)
def reply(actions: Annotated[Given, form(SendReply, CorrectReply), ASKED]) -> State[Outcomes]:
    """向每位提案人分别发出答复函，并生成信函文件；已发出的有差错，更正后重新发出。"""
    outcomes = record(actions, SendReply, CorrectReply)
    ids = sorted({int(outcome.receipt.split("-")[0]) for outcome in outcomes if outcome.receipt})
    if ids:
        render_letters(ids)
    return ended(outcomes)


@retried("生成答复函", times=2, after_seconds=5)
def render_letters(case_ids: list[int]) -> int:
    """Write the letters that are not written yet, and keep what they say for the check-up of others."""
    settings = settings_from(os.environ)
    copying.remember_all(database.engine())
    with database.reading(database.engine()) as connection:
        return replies.write_letters(connection, case_ids, settings.letters, template=settings.letter_docx)
