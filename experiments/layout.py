"""Finding room for labels beside points, in pixels: none on another, none off the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Pixel = tuple[float, float]

ANGLES = np.radians(np.arange(0, 360, 15))
DISTANCES = (26, 44, 66, 92, 124, 164, 214, 276, 352)
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

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Which of the points lie in the (convex) region."""
        if len(self.outline) < 3:
            return np.zeros(len(points), bool)
        after = np.roll(self.outline, -1, axis=0)
        edge = after - self.outline
        apart = points[:, None, :] - self.outline[None]
        side = edge[None, :, 0] * apart[..., 1] - edge[None, :, 1] * apart[..., 0]
        return np.asarray((side >= 0).all(axis=1) | (side <= 0).all(axis=1))


def place(anchors: Sequence[Pixel], sizes: Sequence[tuple[float, float]], obstacles: Sequence[Obstacle],
          page: Box) -> list[Box]:
    """A box of the given size for every anchor: near it, on the page, off the dots, off each other.

    Starts with the best place for each alone and then moves one label at a time for as
    long as that helps.
    """
    choices = [_candidates(anchor, size, page) for anchor, size in zip(anchors, sizes, strict=True)]
    alone = [[_alone(box, anchor, obstacles, page) for box in boxes]
             for boxes, anchor in zip(choices, anchors, strict=True)]
    lines = [[(anchor, box.nearest(anchor)) for box in boxes] for boxes, anchor in zip(choices, anchors, strict=True)]
    best: list[int] = []
    best_cost = math.inf
    for order in (range(len(anchors)), reversed(range(len(anchors)))):
        chosen = [int(np.argmin(costs)) for costs in alone]
        for _ in range(6):
            before = list(chosen)
            for i in list(order) if not isinstance(order, range) else order:
                others = [(choices[j][chosen[j]], lines[j][chosen[j]]) for j in range(len(anchors)) if j != i]
                costs = [cost + _together(box, line, others) if cost < 1e6 else cost
                         for box, line, cost in zip(choices[i], lines[i], alone[i], strict=True)]
                chosen[i] = int(np.argmin(costs))
            if chosen == before:
                break
        cost = sum(alone[i][chosen[i]] + _together(choices[i][chosen[i]], lines[i][chosen[i]], [
            (choices[j][chosen[j]], lines[j][chosen[j]]) for j in range(len(anchors)) if j != i])
            for i in range(len(anchors)))
        if cost < best_cost:
            best, best_cost = chosen, cost
    return [boxes[number] for boxes, number in zip(choices, best, strict=True)]


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


def _alone(box: Box, anchor: Pixel, obstacles: Sequence[Obstacle], page: Box) -> float:
    """What a place costs, whatever the other labels do."""
    end = box.nearest(anchor)
    away = math.dist(anchor, end)
    turn = abs(math.remainder(math.atan2((box.y0 + box.y1) / 2 - anchor[1], (box.x0 + box.x1) / 2 - anchor[0])
                              - PREFERRED, 2 * math.pi))
    cost = away + 14 * turn + (60 if box.x1 < anchor[0] else 0)
    if away < 12:
        cost += 400
    grown = box.grown(9)
    line = np.linspace(anchor, end, 10)
    for obstacle in obstacles:
        if grown.holds(np.array([obstacle.centre])).any():
            cost += 3000
        cost += 12 * float(grown.holds(obstacle.outline).sum())
        if obstacle.holds(np.array([((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)])).any():
            cost += 150
        if obstacle.centre != anchor and math.dist(obstacle.centre, box.nearest(obstacle.centre)) < away + 6:
            cost += 120  # it would look like the other dot's label
        if obstacle.centre != anchor and np.hypot(*(line - obstacle.centre).T).min() < 12 < math.dist(
                obstacle.centre, anchor):
            cost += 250
    return cost


def _together(box: Box, line: tuple[Pixel, Pixel], others: Sequence[tuple[Box, tuple[Pixel, Pixel]]]) -> float:
    """What a place costs because of the other labels and their lines."""
    cost = 0.0
    grown = box.grown(5)
    points = np.linspace(*line, 12)
    for other, other_line in others:
        if shared := grown.overlap(other):
            cost += 2000 + shared
        if other.grown(3).holds(points).any():
            cost += 800
        if grown.holds(np.linspace(*other_line, 12)).any():
            cost += 800
        if _cross(line, other_line):
            cost += 300
    return cost


def _cross(one: tuple[Pixel, Pixel], other: tuple[Pixel, Pixel]) -> bool:
    def side(a: Pixel, b: Pixel, c: Pixel) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    return side(*one, other[0]) * side(*one, other[1]) < 0 and side(*other, one[0]) * side(*other, one[1]) < 0
