"""One counter for all posts (受理): what arrives while a transaction commits is answered together by the next one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine

from models.errors import Fault, UnavailableError
from tasks.background import Background
from tasks.posts import Answer, Job, Post, answer

AT_ONCE: Final = 100
"""Forms answered by one transaction: it holds the database's lock, so it must stay short."""
log = logging.getLogger("banli.posts")


@dataclass(slots=True)
class _Form:
    posts: Sequence[Post]
    answers: Future[list[Answer]] = field(default_factory=Future)


class Answering(Background):
    """One thread that keeps and answers; `follow` is handed what was accepted, once it is durable.

    Asked to stop, it answers what has arrived.
    """

    def __init__(self, engine: Engine, follow: Callable[[Sequence[Job]], None]) -> None:
        super().__init__("banli-answers")
        self._engine = engine
        self._follow = follow
        self._forms: list[_Form] = []

    def ask(self, posts: Sequence[Post]) -> Future[list[Answer]]:
        """The answers to the posts of one form, in order; fails with UnavailableError when none could be stored."""
        form = _Form(posts)
        with self._changed:
            if self._stopping:
                form.answers.set_exception(UnavailableError(Fault("", "服务正在停止", "请稍后再提交。")))
                return form.answers
            self._forms.append(form)
            self._changed.notify_all()
        return form.answers

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._forms and not self._stopping:
                    self._changed.wait()
                forms, self._forms = self._forms[:AT_ONCE], self._forms[AT_ONCE:]
            if not forms:
                return
            self._answer(forms)

    def _answer(self, forms: Sequence[_Form]) -> None:
        """One transaction; where that of several fails for a reason of its own, each form is tried alone."""
        try:
            answers = answer(self._engine, [post for form in forms for post in form.posts])
        except UnavailableError as error:
            for form in forms:
                form.answers.set_exception(error)
        except Exception as error:
            if len(forms) > 1:
                for form in forms:
                    self._answer([form])
                return
            log.exception("a form could not be answered; nothing of it was recorded")
            forms[0].answers.set_exception(error)
        else:
            jobs = [Job(one.post.action, one.outcome) for one in answers if one.new]
            self._follow([job for job in jobs if job.outcome is not None and not job.outcome.refused])
            rest = iter(answers)
            for form in forms:
                form.answers.set_result([next(rest) for _ in form.posts])
