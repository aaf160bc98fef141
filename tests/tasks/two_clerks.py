"""A process that records batches on cases another such process works on too: `two_clerks.py URL NAME ROUNDS`.

Writes, as one JSON object, how often each outcome came, the numbers it was given, and what the database could not do.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))  # for builders

from builders import CO, CONFERENCE, LEAD, OFFICE, day, proposed

from models import actions as a
from models.errors import UnavailableError
from tasks import clock
from tasks.database import make_engine
from tasks.recording import record

CASES = 12
"""Cases both work on, filed; those beyond the first half are merged into one of it and come out again."""


def batch(chance: random.Random, name: str, number: int) -> list[a.Action]:
    """Some of all cases in any order, and two new ones that take the next number."""
    half = CASES // 2
    actions: list[a.Action] = [proposed("", key=f"{name}{number}:{n}") for n in range(2)]
    for one in chance.sample(range(1, CASES + 1), 8):
        case, main = f"{one:04}", f"{chance.randint(1, half):04}"
        if one > half:
            merge = chance.random() < 0.5
            actions.append(
                a.Merge(case=case, into=main, by=OFFICE) if merge else a.Unmerge(case=case, by=OFFICE, reason="并错了")
            )
        else:
            actions.append(chance.choice((_talk(case), a.AskClarification(case=case, by=CO, question="请说明"))))
    chance.shuffle(actions)
    return actions


def _talk(case: str) -> a.RecordContact:
    return a.RecordContact(case=case, by=LEAD, way="电话", on=day(2, 27), with_name="张某某", said="同意。")


def main(url: str, name: str, rounds: int) -> None:
    engine, chance = make_engine(url), random.Random(name)
    results: Counter[str] = Counter()
    numbers: list[str] = []
    faults: list[str] = []
    with engine.connect():  # what is imported and made once
        sys.stdout.write("ready\n")
        sys.stdout.flush()
    sys.stdin.readline()
    with clock.moved_to(clock.morning_of(day(2, 27))):
        for number in range(rounds):
            try:
                outcomes = record(engine, batch(chance, name, number))
            except UnavailableError as error:
                faults.append(str(error))
                continue
            results.update(f"{one.action}{one.result}" for one in outcomes)
            numbers += [one.case for one in outcomes if one.action == "收件"]
    engine.dispose()
    mine = [one.removeprefix(f"{CONFERENCE}/") for one in numbers]
    sys.stdout.write(json.dumps({"results": results, "numbers": mine, "faults": faults}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
