"""What the letter says: every ask covered, co-opinions used, promises recorded, nothing copied (体检：内容)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from models.proofreading.coverage import coverage
from models.proofreading.letter import Hit, Known, Letter, nowhere
from models.proofreading.promises import find_promises
from models.proofreading.wording import share
from models.published_text import squeeze

_USED: Final = 0.10


def ask_uncovered(letter: Letter, known: Known) -> Iterator[Hit]:
    """An ask no paragraph answers: by the drafter's own list, or, where he named none for it, by the words."""
    paragraphs = [row.text for row in letter.body]
    for one in coverage(known.asks, paragraphs, known.answered, first=known.first_ask):
        if one.gap:
            yield nowhere(
                f"第{one.number}条建议“{one.ask[:24]}{'…' if len(one.ask) > 24 else ''}”似没有回应",
                "请逐条回应，或在“逐条回应”里注明由哪一段回应、为什么不回应。",
            )
    last = known.first_ask + len(known.asks) - 1
    for number in known.answered if known.asks else ():
        if number > max(last, known.last_ask):
            yield nowhere(f"“逐条回应”写了第{number}条，建议只有{max(last, known.last_ask)}条", "请核对建议的序号。")


def opinion_unused(letter: Letter, known: Known) -> Iterator[Hit]:
    """A co-handler's opinion of which neither the name nor the words appear in the reply."""
    words = letter.words
    bare = squeeze(words)
    for opinion in known.opinions:
        named = any(name and squeeze(name) in bare for name in opinion.names)
        if not named and share(opinion.text, words) < _USED:
            yield nowhere(f"没有用到{opinion.names[0]}的会办意见", "请吸收会办意见，并写明会办单位。")


def promise_unrecorded(letter: Letter, known: Known) -> Iterator[Hit]:
    """A sentence that promises something by a day, which nobody has recorded with its date and owner."""
    if known.promises is None:
        return
    recorded = [squeeze(one.text) for one in known.promises]
    for promise in find_promises(letter):
        bare = squeeze(promise.quote)
        if not any(_about(one, bare) for one in recorded):
            by = f"（{promise.due_on}前）" if promise.due_on else ""
            yield Hit(
                promise.line,
                promise.column,
                promise.quote,
                f"有承诺{by}，没有登记",
                "请登记为承诺事项，写明期限和责任单位。",
            )


def _about(recorded: str, sentence: str) -> bool:
    return recorded in sentence or sentence in recorded or share(recorded, sentence) >= 0.5


def promise_undated(_letter: Letter, known: Known) -> Iterator[Hit]:
    """A recorded promise without a day or a condition."""
    for one in known.promises or ():
        if one.due_on is None and not one.condition:
            yield nowhere(f"承诺事项“{one.text[:24]}”没有期限", "请补上期限，或写明办理的条件。")


def paragraph_copied(letter: Letter, known: Known) -> Iterator[Hit]:
    """A long paragraph that stands almost word for word in the reply to another proposal."""
    rows = {row.number: row for row in letter.body}
    for one in known.copied:
        row = rows.get(one.line)
        if row is not None:
            reason = f"与{one.other}的答复有{one.share:.0%}相同"
            yield Hit(row.number, 1, row.raw.strip()[:60], reason, "请核对是否针对本件，改写套用的内容。")
