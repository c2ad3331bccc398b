"""What a server offers: the businesses that come with amends, one that was named at its start, and their sliders."""

from __future__ import annotations

from experiments.dashboard import sliders
from experiments.dashboard.sliders import Slider
from sim.business import Business, load_business, presets
from sim.config import InputError, nearest


class House:
    """Businesses by name, each with its sliders. Read once: a page stays what it was while files are edited.

    `given` is a preset or the path of a .toml file; InputError where it cannot be read.
    """

    def __init__(self, given: str | None = None) -> None:
        self._known: dict[str, Business] = {}
        self._spelled: dict[str, str] = {}
        if given is not None:
            mine = load_business(given)
            # Two of a name would be one on the page; the file is the one that was asked for.
            name = given if given in presets() else mine.name if mine.name not in presets() else f"my-{mine.name}"
            self._known[name], self._spelled[name] = mine, given
        for name in presets():
            if name not in self._known:
                self._known[name], self._spelled[name] = load_business(name), name
        self.default = next(iter(self._known)) if given is not None else "hotel"
        self._shown: dict[str, list[Slider]] = {}
        self._others: dict[str, list[Slider]] = {}
        self._single: dict[tuple[str, str], Slider] = {}

    @property
    def titles(self) -> dict[str, str]:
        """Titles of the businesses by name, the one that was given first."""
        return {name: business.title for name, business in self._known.items()}

    def business(self, name: str) -> Business:
        """The business of that name; InputError where there is none."""
        if name not in self._known:
            raise InputError(f"no business is called '{name[:80]}'{nearest(name, self._known)}")
        return self._known[name]

    def spelled(self, name: str) -> str:
        """How a command finds the business: its name, or the file it came from."""
        return self._spelled[name]

    def shown(self, name: str) -> list[Slider]:
        """The sliders that stand on the page from the start."""
        if name not in self._shown:
            self._shown[name] = sliders.shown(self.business(name))
        return self._shown[name]

    def others(self, name: str) -> list[Slider]:
        """All others; it takes a second when first asked for."""
        if name not in self._others:
            self._others[name] = sliders.others(self.business(name))
        return self._others[name]

    def slider(self, name: str, key: str) -> Slider:
        """The slider of a key; InputError, with the nearest right key, where there is none."""
        known: dict[str, Slider] = {slider.key: slider for slider in (*self.shown(name), *self._others.get(name, ()))}
        if key in known:
            return known[key]
        if (name, key) not in self._single:
            self._single[name, key] = sliders.single(self.business(name), key)
        return self._single[name, key]
