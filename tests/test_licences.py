"""What banli needs to run is free to use: no GPL, no AGPL, and the LGPL where a decision says why."""

import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "docs"))

import licences  # beside the pages it writes about

WEAK = {"psycopg", "psycopg-binary"}
"""LGPL-3.0, used as it comes and replaceable by whoever installs it (docs/security.md)."""
CHOICE = {"text-unidecode": "Artistic License"}
"""Offered under more than one licence; ours is the one named."""


def test_nothing_that_runs_with_it_is_under_the_gpl():
    found = {name: licences.licence(one) for name, one in licences.installed().items()}
    assert len(found) > 60
    assert {"prefect", "sqlmodel", "jinja2", "apprise", "pendulum"} <= set(found)
    assert [name for name, said in found.items() if not said] == []
    chosen = {name: CHOICE[name] if CHOICE.get(name, "?") in said else said for name, said in found.items()}
    barred = {
        name for name, said in chosen.items() if re.search(r"(?<!L)\bA?GPL|Affero|(?<!Lesser )General Public", said)
    }
    assert barred == set()
    assert {name for name, said in chosen.items() if re.search("LGPL|Lesser", said)} == WEAK
