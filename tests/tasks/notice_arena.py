"""Deliverers that die: forks several at a time, each killing itself (SIGKILL) at random points. Run as a script.

    notice_arena.py URL FOLDER ROUNDS SEED

`FOLDER/accepted` has a line for each message the channel took (its case numbers); `FOLDER/in_the_window` one for each
kill between the channel's OK and our mark. The points are reached through what a deliverer is given: channel, facts
and progress.
"""

import json
import os
import random
import re
import signal
import sys
import traceback
from datetime import timedelta
from pathlib import Path

from notice_office import NOW, notice, office, put

from models.vocabulary import MessageKind
from notifications.sending import Sent
from tasks.database import make_engine
from tasks.notice_facts import FactsReader
from tasks.notices import deliver

EACH_ROUND = 12
DELIVERERS = 3


def append(path, value):
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(handle, (json.dumps(value) + "\n").encode())
    os.close(handle)


class Dying:
    """The hooks of one deliverer: at each point it dies with the given chance."""

    name = "竞技场"

    def __init__(self, folder, seed, chance):
        self.folder, self.random, self.chance = folder, random.Random(seed), chance

    def die(self, chance=None):
        if self.random.random() < (self.chance if chance is None else chance):
            os.kill(os.getpid(), signal.SIGKILL)

    def facts(self, connection, notices):
        self.die()
        found = FactsReader(today=NOW.date())(connection, notices)
        self.die()
        return found

    def send(self, address, message, attachments=()):
        self.die()
        numbers = sorted(set(re.findall(r"第(\d+)号", message.text)))
        append(self.folder / "accepted", numbers)
        if self.random.random() < self.chance:
            append(self.folder / "in_the_window", numbers)
            os.kill(os.getpid(), signal.SIGKILL)
        return Sent()

    def progress(self, _done):
        self.die()


def child(url, folder, seed, chance, at):
    hooks = Dying(folder, seed, chance)
    deliver(
        make_engine(url),
        now=at,
        channels_for=lambda _recipient: [(hooks, "")],
        compose_facts=hooks.facts,
        worker=f"竞技场{seed}",
        progress=hooks.progress,
    )


def fight(url, folder, seed, *, chance, at, count):
    children = []
    for n in range(count):
        pid = os.fork()
        if pid == 0:
            try:
                child(url, folder, f"{seed}-{n}", chance, at)
            except BaseException:  # noqa: BLE001 - a forked child must end here, never run the parent's code
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        children.append(pid)
    return [os.waitpid(pid, 0)[1] for pid in children]


def main(url, folder, rounds, seed):
    folder = Path(folder)
    office(url, rounds * EACH_ROUND).dispose()
    killed = 0
    for number in range(rounds):
        # A mix: many to one agency (digests), some alone (singles), replies (always single).
        engine = make_engine(url)
        at = NOW + timedelta(minutes=11 * number)
        ids = range(number * EACH_ROUND + 1, (number + 1) * EACH_ROUND + 1)
        put(
            engine,
            *(notice(n, recipient=f"单位:单位{1 if n % 2 else n % 3 + 1}", not_before_at=at) for n in ids if n % 4),
        )
        put(engine, *(notice(n, MessageKind.REPLY, f"提案人:{n}.1", not_before_at=at) for n in ids if not n % 4))
        engine.dispose()
        statuses = fight(url, folder, f"{seed}-{number}", chance=0.12, at=at, count=DELIVERERS)
        assert all(status in {0, signal.SIGKILL} for status in statuses), statuses
        killed += sum(status == signal.SIGKILL for status in statuses)
    for later in range(3):
        at = NOW + timedelta(minutes=11 * (rounds + later))
        fight(url, folder, f"{seed}-last-{later}", chance=0.0, at=at, count=1)
    sys.stdout.write(json.dumps({"killed": killed}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
