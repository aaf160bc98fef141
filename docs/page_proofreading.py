"""docs/proofreading.md: the rules of the check-up and how well each does on the labelled letters (复文体检)."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from models.answers import Answer
from models.proofreading.letter import Copied, Known, OpinionKnown, read_letter
from models.proofreading.rules import RULES, proofread
from models.values.case import Proposer
from models.values.reply import Promise
from models.vocabulary import PromiseStatus, ProposerKind
from tasks.calendars import load_calendar

LETTERS = Path(__file__).parents[1] / "tests" / "proofreading"
PERSONS = {"委员": ProposerKind.MEMBER, "代表": ProposerKind.DEPUTY}
HEAD = """\
<!-- Made by docs/generate.py from models/proofreading/rules.py and tests/proofreading; run `make docs`. -->
# The check-up of a reply (复文体检)

`banli proofread` and the pages on which a reply is drafted and signed ask these rules. 必改 is mended, or waived by a
person with a reason that stays in the history; 提醒 is for the reader to judge. A rule that lacks its facts (no case is
known, no asks were registered) says nothing.

| rule | name | weight | why |
|---|---|---|---|
"""
MEASURED = """
## How well they do

Measured on {letters} fictional letters in `tests/proofreading`: {made} made from one letter by described defects, and
{written} written by hand in other styles, {clean} of all without any defect. A letter counts once for each rule. Precision
is the share of what was found that is a defect; recall is the share of defects that were found.
The letters were written with the rules in mind: the table says what is guarded against coming back, not what a reader
will meet; known gaps are among the letters, so that they show here.

| rule | defects | found | missed | false alarms | precision | recall |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Labelled:
    """One letter with the rules that must speak of it."""

    name: str
    text: str
    known: Known
    finds: tuple[str, ...]
    written: bool


def letters() -> Iterator[Labelled]:
    """All labelled letters."""
    yield from _made()
    yield from _written()


def found_in(letter: Labelled) -> tuple[str, ...]:
    """The rules that speak of a letter."""
    lines = list(enumerate(letter.text.split("\n"), 1))
    return tuple(one.rule for one in proofread(read_letter(lines, {}), letter.known))


def _made() -> Iterator[Labelled]:
    base = (LETTERS / "base.txt").read_text("utf-8")
    facts = tomllib.loads((LETTERS / "base.toml").read_text("utf-8"))
    for one in tomllib.loads((LETTERS / "defects.toml").read_text("utf-8"))["letter"]:
        text = base
        for old, new in one["put"]:
            if old not in text:
                raise ValueError(f"{one['name']}: {old} is not in the letter")
            text = text.replace(old, new)
        yield Labelled(one["name"], text, _known(facts | one.get("known", {})), tuple(one["finds"]), written=False)


def _known(facts: dict[str, Any]) -> Known:
    kind = PERSONS[facts["person"]]
    return Known(
        today=facts["today"],
        calendar=load_calendar(),
        numbers=tuple(facts["numbers"]),
        session=facts["session"],
        titles=tuple(facts["titles"]),
        proposers=tuple(Proposer(no, name, kind, no == 1) for no, name in enumerate(facts["names"], 1)),
        assigned_on=facts["assigned_on"],
        classes=facts.get("classes"),
        document_prefix=facts["document_prefix"],
        asks=tuple(facts["asks"]),
        answered={
            int(ask): Answer(int(ask), tuple(said), None) if isinstance(said, list) else Answer(int(ask), (), said)
            for ask, said in facts.get("answered", {}).items()
        },
        opinions=tuple(OpinionKnown((name,), text) for name, text in facts["opinions"]),
        promises=tuple(
            Promise(no, text, due_on or None, "民政局", PromiseStatus.OPEN)
            for no, (text, due_on) in enumerate(facts["promises"], 1)
        ),
        copied=tuple(Copied(*one) for one in facts.get("copied", ())),
        sent=facts.get("sent", True),
    )


def _written() -> Iterator[Labelled]:
    for part in (LETTERS / "written.txt").read_text("utf-8").split("==== ")[1:]:
        head, _, text = part.partition("\n")
        name, finds, facts = (piece.strip() for piece in head.split("|"))
        given = dict(re.findall(r"(\w+)=(\S*)", facts))
        person = PERSONS["代表" if "代表：" in text else "委员"]
        classes = dict(pair.split(":") for pair in given["classes"].split(";")) if "classes" in given else None
        names = [one for one in given.get("names", "").split(",") if one]
        known = Known(
            today=date.fromisoformat(given.get("today", "2026-12-31")),
            calendar=load_calendar(),
            numbers=tuple(given["number"].split(",")),
            session=given["session"],
            proposers=tuple(Proposer(no, one, person, no == 1) for no, one in enumerate(names, 1)),
            classes=classes,
            promises=() if "promises" in given else None,
        )
        yield Labelled(name, text, known, tuple(finds.removeprefix("finds:").split()), written=True)


@dataclass(frozen=True)
class Score:
    """What one rule did on all letters."""

    defects: int
    found: int
    missed: int
    false: int

    @property
    def precision(self) -> float | None:
        """Of what it found, the share that is right; None where it found nothing."""
        return (self.found / (self.found + self.false)) if self.found + self.false else None

    @property
    def recall(self) -> float | None:
        """Of the defects, the share found; None where there are none."""
        return self.found / self.defects if self.defects else None


@cache
def scores() -> dict[str, Score]:
    """Every rule's score, a letter counted once."""
    wanted, got, both = Counter[str](), Counter[str](), Counter[str]()
    for letter in letters():
        label, found = set(letter.finds), set(found_in(letter))
        wanted.update(label)
        got.update(found)
        both.update(label & found)
    return {
        rule.rule_id: Score(
            wanted[rule.rule_id], both[rule.rule_id], wanted[rule.rule_id] - both[rule.rule_id],
            got[rule.rule_id] - both[rule.rule_id],
        )
        for rule in RULES
    }  # fmt: skip


def page() -> str:
    """The whole page."""
    rules = "".join(f"| `{one.rule_id}` | {one.title} | {one.severity} | {one.why} |\n" for one in RULES)
    every = list(letters())
    written = sum(one.written for one in every)
    clean = sum(not one.finds for one in every)
    head = MEASURED.format(letters=len(every), made=len(every) - written, written=written, clean=clean)
    rows = "".join(
        f"| `{name}` | {one.defects} | {one.found} | {one.missed} | {one.false} | {_percent(one.precision)} |"
        f" {_percent(one.recall)} |\n"
        for name, one in scores().items()
    )
    return HEAD + rules + head + rows


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"
