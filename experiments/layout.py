"""Finding room for labels beside points, in pixels: none on another, none off the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Pixel = tuple[float, float]

ANGLES = np.radians(np.arange(0, 360, 15))
DISTANCES = (26, 44, 66, 92, 124, 164, 214, 276, 352)
CONSIDERED = 120
"""Places kept for each label, the best by themselves."""
PREFERRED = math.radians(40)
"""Up and to the right, as in a book of maps."""


@dataclass(frozen=True)
class Box:
    """An upright rectangle."""

    x0: float
    y0: float
    x1: float
    y1: float

    def grown(self, by: float) -> Box:
        return Box(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)

    def overlap(self, other: Box) -> float:
        """Area in common."""
        wide = min(self.x1, other.x1) - max(self.x0, other.x0)
        high = min(self.y1, other.y1) - max(self.y0, other.y0)
        return wide * high if wide > 0 and high > 0 else 0.0

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Which of the points, shape (n, 2), lie inside."""
        x, y = points[:, 0], points[:, 1]
        return np.asarray((self.x0 < x) & (x < self.x1) & (self.y0 < y) & (y < self.y1))

    def nearest(self, point: Pixel, margin: float = 0) -> Pixel:
        """The place on the box, grown by a margin, where a line from the point should end."""
        box = self.grown(margin)
        middle = (box.y0 + box.y1) / 2
        if point[0] < box.x0:
            return box.x0, min(max(point[1], box.y0 + 6), middle) if point[1] < middle else middle
        if point[0] > box.x1:
            return box.x1, middle
        return point[0], box.y1 if point[1] > middle else box.y0


@dataclass(frozen=True)
class Obstacle:
    """A dot with the region around it."""

    centre: Pixel
    outline: np.ndarray

    @cached_property
    def cloud(self) -> np.ndarray:
        """Points all over the region, shape (n, 2)."""
        return np.vstack([np.asarray(self.centre) + part * (self.outline - self.centre) for part in (1.0, 0.7, 0.4)])

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Which of the points lie in the (convex) region."""
        if len(self.outline) < 3:
            return np.zeros(len(points), bool)
        after = np.roll(self.outline, -1, axis=0)
        edge = after - self.outline
        apart = points[:, None, :] - self.outline[None]
        side = edge[None, :, 0] * apart[..., 1] - edge[None, :, 1] * apart[..., 0]
        return np.asarray((side >= 0).all(axis=1) | (side <= 0).all(axis=1))


@dataclass(frozen=True)
class Spot:
    """A possible place of a label: its box, the line that leads there, what it costs by itself."""

    box: Box
    line: tuple[Pixel, Pixel]
    points: np.ndarray
    """along the line, shape (12, 2)"""
    cost: float


def place(anchors: Sequence[Pixel], sizes: Sequence[tuple[float, float]], obstacles: Sequence[Obstacle],
          page: Box) -> list[Box]:
    """A box of the given size for every anchor: near it, on the page, off the dots, off each other.

    Starts with the best place for each alone and then moves one label at a time for as
    long as that helps, once from the first to the last and once the other way.
    """
    choices = [_spots(anchor, size, obstacles, page) for anchor, size in zip(anchors, sizes, strict=True)]
    found: list[tuple[float, list[Spot]]] = []
    for order in (list(range(len(anchors))), list(reversed(range(len(anchors))))):
        chosen = [spots[0] for spots in choices]
        for _ in range(6):
            before = list(chosen)
            for i in order:
                others = chosen[:i] + chosen[i + 1:]
                chosen[i] = min(choices[i], key=lambda spot: spot.cost + _together(spot, others))
            if chosen == before:
                break
        cost = sum(spot.cost + _together(spot, chosen[:i] + chosen[i + 1:]) for i, spot in enumerate(chosen))
        found.append((cost, chosen))
    return [spot.box for spot in min(found, key=lambda pair: pair[0])[1]]


def _spots(anchor: Pixel, size: tuple[float, float], obstacles: Sequence[Obstacle], page: Box) -> list[Spot]:
    """Places for one label, the best first."""
    steps = np.linspace(0, 1, 12)[:, None]
    spots = []
    for box in _candidates(anchor, size, page):
        end = box.nearest(anchor)
        points = np.asarray(anchor) + steps * (np.asarray(end) - np.asarray(anchor))
        spots.append(Spot(box, (anchor, end), points, _alone(box, anchor, end, points, obstacles)))
    return sorted(spots, key=lambda spot: spot.cost)[:CONSIDERED]


def _candidates(anchor: Pixel, size: tuple[float, float], page: Box) -> list[Box]:
    wide, high = size
    boxes = []
    for distance in DISTANCES:
        for angle in ANGLES:
            x, y = anchor[0] + distance * math.cos(angle), anchor[1] + distance * math.sin(angle)
            if math.cos(angle) > 0.2:
                left = x
            elif math.cos(angle) < -0.2:
                left = x - wide
            else:
                left = x - wide / 2
            low = y - high / 2
            left = min(max(left, page.x0), page.x1 - wide)
            low = min(max(low, page.y0), page.y1 - high)
            boxes.append(Box(left, low, left + wide, low + high))
    return boxes


def _alone(box: Box, anchor: Pixel, end: Pixel, line: np.ndarray, obstacles: Sequence[Obstacle]) -> float:
    """What a place costs, whatever the other labels do."""
    away = math.dist(anchor, end)
    middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    turn = abs(math.remainder(math.atan2(middle[1] - anchor[1], middle[0] - anchor[0]) - PREFERRED, 2 * math.pi))
    cost = away + 14 * turn + (60 if box.x1 < anchor[0] else 0) + (400 if away < 12 else 0)
    grown = box.grown(9)
    for obstacle in obstacles:
        x, y = obstacle.centre
        if grown.x0 < x < grown.x1 and grown.y0 < y < grown.y1:
            cost += 3000
        cost += 14 * float(grown.holds(obstacle.cloud).sum())
        if obstacle.holds(np.array([middle])).any():
            cost += 150
        if obstacle.centre != anchor:
            if math.dist(obstacle.centre, box.nearest(obstacle.centre)) < away + 6:
                cost += 120  # it would look like the other dot's label
            if np.hypot(*(line - obstacle.centre).T).min() < 12 < math.dist(obstacle.centre, anchor):
                cost += 250
    return cost


def _together(spot: Spot, others: Sequence[Spot]) -> float:
    """What a place costs because of the other labels and their lines."""
    cost = 0.0
    grown = spot.box.grown(5)
    for other in others:
        if shared := grown.overlap(other.box):
            cost += 2000 + shared
        if other.box.grown(3).holds(spot.points).any():
            cost += 800
        if grown.holds(other.points).any():
            cost += 800
        if _cross(spot.line, other.line):
            cost += 300
    return cost


def _cross(one: tuple[Pixel, Pixel], other: tuple[Pixel, Pixel]) -> bool:
    def side(a: Pixel, b: Pixel, c: Pixel) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return side(*one, other[0]) * side(*one, other[1]) < 0 and side(*other, one[0]) * side(*other, one[1]) < 0
