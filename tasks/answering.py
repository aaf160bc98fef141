"""One counter for all posts (受理): what arrives while a transaction commits is answered together by the next one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Final

from sqlalchemy import Engine

from models.errors import Fault, UnavailableError
from tasks.posts import Answer, Job, Post, answer

AT_ONCE: Final = 100
"""Forms answered by one transaction: it holds the database's lock, so it must stay short."""
log = logging.getLogger("banli.posts")


@dataclass(slots=True)
class _Form:
    posts: Sequence[Post]
    answers: Future[list[Answer]] = field(default_factory=Future)


class Answering:
    """One thread that keeps and answers; `follow` is handed what was accepted, once it is durable."""

    def __init__(self, engine: Engine, follow: Callable[[Sequence[Job]], None]) -> None:
        self._engine = engine
        self._follow = follow
        self._forms: list[_Form] = []
        self._changed = Condition()
        self._stopping = False
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._stopping = False
        self._thread = Thread(target=self._run, name="banli-answers", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer what has arrived, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether posts are being answered."""
        return self._thread is not None and self._thread.is_alive()

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
