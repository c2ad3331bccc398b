"""How a firm answers a complaint: one short file per strategy.

A strategy of your own needs only this import:

    from strategies import Remedy, Strategy
"""

from sim.remedy import Case, Measure, Menu, Remedy, Strategy
from strategies.registry import find, names

__all__ = ["Case", "Measure", "Menu", "Remedy", "Strategy", "find", "names"]
