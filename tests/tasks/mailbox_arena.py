"""Deliverers into the local mailbox that die: as notice_arena.py, with groups of messages. Run as a script.

    mailbox_arena.py URL FOLDER ROUNDS SEED

The mailbox is the real one, below `FOLDER/mailbox`; a deliverer dies before it has a group, between two of its files,
after them, or anywhere else. Two rounds in a row write to one agency, so that what died in a digest finds new company.
"""

import json
import random
import signal
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from notice_arena import Dying, fight, warm_up
from notice_office import NOW, notice, office, put

from models.notice_vocabulary import MessageKind
from notifications.local_mailbox import MailboxChannel
from tasks.database import make_engine

EACH_ROUND = 7
DELIVERERS = 2
POINTS = ("statement", "commit", "claimed", "read", "contact", "renamed", "accepted", "marked")
LATEST = {"statement": 14, "commit": 4, "renamed": 3}


class DyingMailbox(Dying):
    """The mailbox's deliverer, with its death."""

    def __init__(self, folder, point, times):
        super().__init__(folder, point, times)
        self.channel = Box(self, folder / "mailbox")


class Box(MailboxChannel):
    """The mailbox, which tells where it is."""

    def __init__(self, dying, folder):
        super().__init__(folder, lambda: NOW)
        self.dying = dying

    def send_all(self, outgoing):
        self.dying.reach("contact")
        rename = Path.replace

        def renamed(path, target):
            rename(path, target)
            self.dying.reach("renamed")

        Path.replace = renamed
        try:
            return super().send_all(outgoing)
        finally:
            Path.replace = rename
            self.dying.reach("accepted")


def new_notices(engine, number, at):
    """One round's: many to one agency (a digest with what it has waiting), some alone, letters (always single)."""
    more = {"not_before_at": at, "created_at": at}
    ids = range(number * EACH_ROUND + 1, (number + 1) * EACH_ROUND + 1)
    agency = f"单位:单位{number // 2 + 1}"
    put(engine, *(notice(n, recipient=agency, **more) for n in ids if n % 3))
    put(engine, *(notice(n, MessageKind.REPLY, f"提案人:{n}.1", **more) for n in ids if not n % 3))


def main(url, folder, rounds, seed):
    folder, chance = Path(folder), random.Random(seed)
    office(url, (rounds + 1) * EACH_ROUND, agencies=rounds).dispose()
    engine = make_engine(url)
    warm_up(engine, folder / "warm", range(1, 4), DyingMailbox)
    ends = Counter()
    for number in range(rounds):
        at = NOW + timedelta(minutes=11 * number)
        new_notices(engine, number, at)
        points = [POINTS[(number + place) % len(POINTS)] for place in range(DELIVERERS)]
        deaths = [(point, chance.randint(1, LATEST.get(point, 1))) for point in points]
        statuses = fight(engine, folder, deaths, at=at, limit=EACH_ROUND, dying=DyingMailbox)
        assert all(status in {0, signal.SIGKILL} for status in statuses), statuses
        ends["killed"] += statuses.count(signal.SIGKILL)
    for later in range(14):
        at = NOW + timedelta(minutes=11 * (rounds + later))
        fight(engine, folder, [("", 0)], at=at, limit=10_000, dying=DyingMailbox)
    sys.stdout.write(json.dumps(ends))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
