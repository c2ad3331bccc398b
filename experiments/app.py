"""The model as Mesa users look at theirs: sliders, Step and Play in the browser.

    pip install -e ".[viz]"
    solara run experiments/app.py

Reset builds the world anew with what the sliders say. Every visitor has a world of their own.
"""

from __future__ import annotations

from typing import Any

try:
    import solara
    import solara.server.settings
    from mesa.visualization import Slider, SolaraViz, make_plot_component
except ImportError as error:
    raise ImportError(f"{error.name or 'solara'} is missing: experiments/app.py needs the extra 'viz' "
                      '(pip install -e ".[viz]")') from None

from experiments.one_world import MEASURES, WatchedFirm, money, network, style, triangle
from sim.business import presets
from sim.compiled import is_warm
from strategies.registry import names

# Solara reports its use to its makers, and asks for their banner; nothing here leaves the machine.
solara.server.settings.telemetry.mixpanel_enable = False
solara.server.settings.theme.show_banner = False

PICTURES_FIT = """
.vue-grid-item > div { height: 100%; }
.vue-grid-item img { width: 100%; height: 100%; object-fit: contain; object-position: left top; }
"""
"""Mesa's cells have a fixed height; without this, pictures are cut off in a wide window."""

if not is_warm():
    print("Compiling the rules (once; about half a minute)", flush=True)
    WatchedFirm(people=60, years=1).step()

model_params: dict[str, Any] = {
    "business": {"type": "Select", "label": "Business", "value": "hotel", "values": presets()},
    "strategy": {"type": "Select", "label": "Strategy", "value": "minimum", "values": names()},
    "people": Slider("People in the market", 180, 60, 400, 20, dtype=int),
    "years": Slider("Years", 10, 1, 10, 1, dtype=int),
    "failures": Slider("Failures (1: as in the file)", 1.0, 0.0, 4.0, 0.25, dtype=float),
    "talk": Slider("Word of mouth (1: as in the file)", 1.0, 0.0, 4.0, 0.25, dtype=float),
    "opportunists": Slider("Opportunists (1: as in the file)", 1.0, 0.0, 4.0, 0.25, dtype=float),
    "rng": Slider("Seed of all chance", 1, 1, 100, 1, dtype=int),
}


def pictured(draw: Any) -> Any:
    """A picture of the model as a component of SolaraViz."""
    def component(model: WatchedFirm) -> Any:
        return solara.FigureMatplotlib(draw(model), format="png")

    component.__name__ = draw.__name__
    return component


components = [
    pictured(triangle),
    pictured(network),
    pictured(money),
    *(make_plot_component(measure, post_process=style) for measure in MEASURES),
]


@solara.component  # type: ignore[untyped-decorator]
def Page() -> None:
    """The whole page, with a model of its own for whoever opens it."""
    model = solara.use_memo(WatchedFirm, [])
    solara.Style(PICTURES_FIT)
    SolaraViz(model, components=components, model_params=model_params, name="amends: one firm, step by step")
