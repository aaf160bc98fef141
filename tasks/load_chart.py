"""What each agency holds, as a picture (单位在办图)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from tasks.morning import Load
from tasks.year_chart import FONTS

SHOWN: Final = 20
"""Agencies in the picture."""


def load_png(loads: Sequence[Load], today: date) -> bytes:
    """Bars: what is open, and of it what is late. Matplotlib takes a second to import, so it is imported here."""
    from matplotlib import rc_context  # noqa: PLC0415 - see above
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above
    from matplotlib.font_manager import fontManager  # noqa: PLC0415 - see above

    installed = {font.name for font in fontManager.ttflist}
    font = next((name for name in FONTS if name in installed), None)
    settings: Any = {"axes.unicode_minus": False} | ({"font.family": [font]} if font else {})
    shown = loads[:SHOWN]
    with rc_context(settings):
        figure = Figure(figsize=(9, 1.2 + 0.32 * len(shown)), dpi=100, layout="constrained")
        panel = figure.subplots()
        names = [one.agency if font else f"{place}" for place, one in enumerate(shown, start=1)]
        late = [one.late for one in shown]
        fine = [one.open - one.late for one in shown]
        panel.barh(names, late, color="#a8322d", label="逾期" if font else "late")
        panel.barh(names, fine, left=late, color="#1f5f8b", label="在办" if font else "open")
        panel.invert_yaxis()
        panel.set_title(f"各单位在办 {today}" if font else f"Open cases by agency {today}")
        if shown:
            panel.legend()
        file = io.BytesIO()
        figure.savefig(file, format="png", metadata={"Software": "banli"})
    return file.getvalue()
