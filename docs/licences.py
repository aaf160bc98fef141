"""The licences of everything that is installed with banli: `make licences` prints them, a test looks for what is barred."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement


def installed(root: str = "banli") -> dict[str, Distribution]:
    """What a package needs to run, all the way down, by name; what its own machine does not need is left out."""
    found: dict[str, Distribution] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(root, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue
        found[one.metadata["Name"].lower()] = one
        waiting += _needs(one, extras)
    return found


def _needs(one: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in one.requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield wanted.name.lower(), frozenset(wanted.extras)


def licence(one: Distribution) -> str:
    """What a package says of its licence: the expression, else the classifiers, else the free text's first line."""
    said = one.metadata
    expression = said.get("License-Expression")
    marks = [line.rpartition("::")[2].strip() for line in said.get_all("Classifier") or () if "License ::" in line]
    free = (said.get("License") or "").strip().splitlines()
    return expression or "; ".join(marks) or (free[0] if free else "")


def main() -> None:
    """Print a table as Markdown."""
    print("| package | version | licence |\n|---|---|---|")
    for name, one in sorted(installed().items()):
        print(f"| {name} | {one.version} | {licence(one)} |")


if __name__ == "__main__":
    sys.exit(main())
