"""Lets tests of this folder share the offices that lie beside them."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # for notice_office, which a script in a process of its own uses too
