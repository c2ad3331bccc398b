"""Figures for a page: SVG that takes its colours and letters from the page, and tells what it shows."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from experiments.charts import AXIS, COLOURS, DPI, GREY, INK, PALE, STYLE

THEMED = {INK: "ink", GREY: "soft", PALE: "faint", AXIS: "axis", "#ffffff": "paper",
          **{colour: f"c{number}" for number, colour in enumerate(COLOURS)}}
"""Colours of the charts and the names of the page's variables for them."""
_FONT = "'DejaVu Sans', sans-serif"


def inline(figure: Figure, name: str, title: str, alt: str, cropped: bool = False) -> str:
    """The figure as an <svg> element: no id that another figure might have, colours and letters by the page.

    `cropped`: without the room that it leaves above for a heading.
    """
    with rc_context(STYLE):
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True,
                       bbox_inches=_used(figure) if cropped else None)
    text = buffer.getvalue().decode()
    text = text[text.index("<svg"):]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = _own_ids(text, name)
    for colour, variable in THEMED.items():
        text = text.replace(colour.lower(), f"var(--{variable})")
    text = text.replace(_FONT, "var(--letters)").replace("'DejaVu Sans', 'sans-serif'", "var(--letters)")
    box = re.search(r'viewBox="([^"]*)"', text)
    head = (f'<svg role="img" aria-labelledby="{name}-title {name}-desc" viewBox="{box[1] if box else ""}" '
            f'preserveAspectRatio="xMinYMin meet"><title id="{name}-title">{escape(title)}</title>'
            f'<desc id="{name}-desc">{escape(alt)}</desc>')
    return head + "\n".join(line.strip() for line in text[text.index(">") + 1:].splitlines() if line.strip())


def _used(figure: Figure) -> Any:
    """The figure from its foot to just above the highest thing drawn."""
    from matplotlib.transforms import Bbox

    wide, high = (float(size) for size in figure.get_size_inches())
    drawn = figure.get_tightbbox(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    return Bbox.from_extents(0, 0, wide, min(high, float(drawn.y1) + 8 / DPI))


def _own_ids(text: str, name: str) -> str:
    """Ids that something refers to get the figure's name before them; all others go."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
