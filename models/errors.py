"""What can be refused, in words a person can act on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in something a user gave us, said so that it can be mended.

    `where` names file, row, column or field, from the outside in; `remedy` says what to do.
    """

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}：" if self.where else ""
        return f"{place}{self.what}。{self.remedy}"


class BanliError(Exception):
    """A mistake of the user or the surroundings; shown as its sentences, never as a traceback."""

    exit_code = 2

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class InputError(BanliError):
    """A file or value given by a user is wrong; nothing was stored."""


class PolicyError(BanliError):
    """A policy pack or calendar is wrong and was not loaded."""


class UnavailableError(BanliError):
    """Something around us does not answer (database, Prefect server, disk); trying again may help."""

    exit_code = 3
