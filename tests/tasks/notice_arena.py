"""Deliverers that die: forks several at a time, each killing itself (SIGKILL) at a chosen point. Run as a script.

    notice_arena.py URL FOLDER ROUNDS SEED

`FOLDER/accepted` has a line for each message the channel took (its case numbers), `FOLDER/unanswered` one for each kill
between handing over and our mark, with whether the channel had taken it. The points are reached through what a
deliverer is given (channel, facts, progress) and through its database connection. One interpreter imports once and
forks, so a round costs little more than its statements.
"""

import gc
import json
import os
import random
import re
import signal
import sys
import traceback
from collections import Counter
from datetime import timedelta
from pathlib import Path

from notice_office import NOW, notice, office, put
from sqlalchemy import event, func, select

from models.notice_vocabulary import MessageKind, NoticeStatus
from models.rulings import OFFICE
from notifications.sending import Sent
from tasks.database import make_engine, transaction
from tasks.notice_facts import FactsReader
from tasks.notices import deliver
from tasks.notices_store import NOTICES

EACH_ROUND = 6
AGENCIES = 60
"""Many: what one has waiting is claimed whole, and would die whole with each deliverer."""
DELIVERERS = 3
"""In every second round one fewer, which is cheaper."""
EACH = 4
"""Notices one deliverer takes, so that all of them have something in hand."""
POINTS = ("statement", "commit", "claimed", "read", "before contact", "contact", "accepted", "marked")
"""In the order a deliverer passes them; the first two at any time."""
LATEST = {"statement": 12, "commit": 4, "contact": 2, "accepted": 2}
"""At the how-manieth time at such a point a deliverer dies at the latest."""


def append(path, value):
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(handle, (json.dumps(value) + "\n").encode())
    os.close(handle)


class Dying:
    """The hooks of one deliverer, which dies when it comes to `point` for the `times`th time."""

    name = "竞技场"

    def __init__(self, folder, point, times):
        self.folder, self.point, self.left = folder, point, times
        self.handed, self.taken = [], False
        self.channel = self

    def reach(self, point):
        if point != self.point:
            return
        self.left -= 1
        if not self.left:
            append(self.folder / "kills", point)
            if self.handed:
                append(self.folder / "unanswered", {"numbers": self.handed, "taken": self.taken})
            os.kill(os.getpid(), signal.SIGKILL)

    def facts(self, connection, notices):
        self.reach("claimed")
        found = FactsReader(today=NOW.date())(connection, notices)
        self.reach("read")
        return found

    def send(self, address, message, attachments=(), *, hand_over):
        self.reach("before contact")
        hand_over()
        numbers = [] if address == OFFICE else sorted(set(re.findall(r"第(\d+)号", message.text)))
        self.handed, self.taken = numbers, False
        self.reach("contact")
        append(self.folder / "accepted", numbers)
        self.taken = True
        self.reach("accepted")
        return Sent()

    def progress(self, _done):
        self.handed = []
        self.reach("marked")


def child(engine, folder, death, *, at, limit, dying=Dying):
    engine.dispose(close=False)  # the parent's connections are the parent's
    point, times = death
    hooks = dying(folder, point, times)
    if point == "statement":
        event.listen(engine, "before_cursor_execute", lambda *_args: hooks.reach("statement"))
    if point == "commit":
        event.listen(engine, "commit", lambda _connection: hooks.reach("commit"))
    deliver(
        engine,
        now=at,
        channels_for=lambda recipient: [(hooks.channel, recipient)],
        compose_facts=hooks.facts,
        worker="竞技场",
        progress=hooks.progress,
        limit=limit,
    )


def fight(engine, folder, deaths, *, at, limit, dying=Dying):
    """Run deliverers at once, each with its death; how they ended."""
    engine.dispose()
    children = []
    for death in deaths:
        pid = os.fork()
        if pid == 0:
            try:
                child(engine, folder, death, at=at, limit=limit, dying=dying)
            except BaseException:  # noqa: BLE001 - a forked child must end here, never run the parent's code
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(pid)
    return [os.waitpid(pid, 0)[1] for pid in children]


def new_notices(engine, ids, at):
    """A mix: many to one agency (digests), some alone (singles), letters (always single)."""
    more = {"not_before_at": at, "created_at": at}
    agencies = (notice(n, recipient=f"单位:单位{(n - 1) // EACH_ROUND % AGENCIES + 1}", **more) for n in ids if n % 3)
    put(engine, *agencies, *(notice(n, MessageKind.REPLY, f"提案人:{n}.1", **more) for n in ids if not n % 3))


def warm_up(engine, folder, ids, dying=Dying):
    """Deliver once in this process: children find templates, statements and modules ready, and copy no garbage."""
    new_notices(engine, ids, NOW)
    folder.mkdir()
    engine.dispose()
    child(engine, folder, ("", 0), at=NOW, limit=1000, dying=dying)
    with transaction(engine) as connection:
        assert connection.scalar(select(func.count()).where(NOTICES.c.status == NoticeStatus.SENT)) == len(ids)
        connection.execute(NOTICES.delete())
    gc.collect()
    gc.freeze()
    gc.disable()


def main(url, folder, rounds, seed):
    folder, chance = Path(folder), random.Random(seed)
    office(url, (rounds + 1) * EACH_ROUND, agencies=AGENCIES).dispose()
    engine = make_engine(url)
    warm_up(engine, folder / "warm", range(rounds * EACH_ROUND + 1, (rounds + 1) * EACH_ROUND + 1))
    ends = Counter()
    for number in range(rounds):
        at = NOW + timedelta(minutes=11 * number)
        new_notices(engine, range(number * EACH_ROUND + 1, (number + 1) * EACH_ROUND + 1), at)
        points = [POINTS[(number + place) % len(POINTS)] for place in range(DELIVERERS - number % 2)]
        deaths = [(point, chance.randint(1, LATEST.get(point, 1))) for point in points]
        statuses = fight(engine, folder, deaths, at=at, limit=EACH)
        assert all(status in {0, signal.SIGKILL} for status in statuses), statuses
        ends["rounds with a kill"] += signal.SIGKILL in statuses
        ends["killed"] += statuses.count(signal.SIGKILL)
    for later in range(4):
        at = NOW + timedelta(minutes=11 * (rounds + later))
        fight(engine, folder, [("", 0)], at=at, limit=10_000)
    sys.stdout.write(json.dumps(ends))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
