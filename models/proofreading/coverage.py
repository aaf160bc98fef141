"""Which asks a reply answers (逐条回应): as its drafter says, else by the words both have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from models.answers import Answer
from models.proofreading.wording import share

_COVERED: Final = 0.12
"""An ask with fewer of its word pairs in the letter than this is reported. Measured on the labelled letters: the
lowest share of an answered ask is above it, so that a gap is overlooked rather than an answer denied.
"""
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Covered:
    """One ask (from 1) and the paragraphs (from 1) that answer it, or the drafter's reason why none does."""

    number: int
    ask: str
    paragraphs: tuple[int, ...]
    by_drafter: bool
    reason: str | None = None

    @property
    def gap(self) -> bool:
        """Whether it is neither answered nor explained."""
        return not self.paragraphs and not self.reason

    @property
    def short(self) -> str:
        """The ask's beginning."""
        return f"{self.ask[:_SHOWN]}…" if len(self.ask) > _SHOWN else self.ask

    @property
    def words(self) -> str:
        """Where it is answered, in words."""
        if self.gap:
            return "没有找到回应的段落"
        if not self.paragraphs:
            return f"不回应：{self.reason}"
        named = f"第{'、'.join(str(number) for number in self.paragraphs)}段"
        return named if self.by_drafter else f"{named}（按文字对应）"


def coverage(
    asks: Sequence[str], paragraphs: Sequence[str], answers: Mapping[int, Answer], *, first: int = 1
) -> Iterator[Covered]:
    """Every ask, numbered from `first`, with what answers it."""
    whole = "\n".join(paragraphs)
    for number, ask in enumerate(asks, first):
        given = answers.get(number)
        if given is not None:
            there = tuple(at for at in given.paragraphs if 1 <= at <= len(paragraphs))
            yield Covered(number, ask, there, by_drafter=True, reason=None if there else given.reason)
        elif paragraphs and share(ask, whole) >= _COVERED:
            shares = [share(ask, one) if len(one) > 1 else 0 for one in paragraphs]
            best = max(range(len(shares)), key=shares.__getitem__)
            yield Covered(number, ask, (best + 1,), by_drafter=False)
        else:
            yield Covered(number, ask, (), by_drafter=False)
