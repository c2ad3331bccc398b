"""The report: a comparison with all that its page shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from experiments.comparison import Answer
from experiments.report.course import Course, course_of, courses
from experiments.report.dialogue import StoryJob
from experiments.report.figures.frame import Picture
from experiments.report.flips import Flips, FlipsJob
from experiments.report.footing import spelled
from experiments.report.headline import Headline, headline
from experiments.report.months import Months
from experiments.report.play import played
from experiments.runner import cores
from sim.config import InputError


def enough(arms: Sequence[str]) -> None:
    """InputError where there is nothing to compare."""
    if len(arms) < 2:
        raise InputError(f"a report compares strategies, and here is only '{arms[0]}'; name a second")


@dataclass(frozen=True)
class Report:
    """A comparison with all that its report shows."""

    answer: Answer
    months: Months
    courses: list[Course]
    flips: Flips | None
    story: dict[str, Any]

    @classmethod
    def of(cls, answer: Answer, workers: int | None = None,
           progress: Callable[[int, int], object] = lambda done, total: None) -> Report:
        """Play what the report needs beyond the result, or take it from beside the result.

        `progress(done, total)` counts pieces of work. Raises InputError where there is nothing to compare.
        """
        arms = answer.question.arms
        enough(arms)
        workers = cores() if workers is None else workers
        if workers < 1:
            raise InputError(f"--workers {workers}: must be at least 1")
        first, second, pair, _ = answer.finding.leading
        one, other = sorted((first, second), key=arms.index)
        months = Months.of(answer)
        story, found = played((StoryJob(answer, (one, other), spelled(answer)), FlipsJob(answer, pair)),
                              workers, progress)
        return cls(answer, months, courses(answer, months), found, story)

    @cached_property
    def headline(self) -> Headline:
        """The answer in one sentence, and what stands beside it."""
        _, _, pair, _ = self.answer.finding.leading
        course = next((one for one in self.courses if {one.of, one.minus} == {pair.of, pair.minus}),
                      None) or course_of(self.answer, self.months, pair.of, pair.minus)
        return headline(self.answer, course, self.flips)

    @cached_property
    def pictures(self) -> list[Picture]:
        """The figures, in the order of the page."""
        from experiments.report.figures.course import course_picture
        from experiments.report.figures.flips import flips_picture
        from experiments.report.figures.levels import levels_picture
        from experiments.report.figures.parts import parts_picture
        from experiments.report.figures.plane import plane_picture
        from experiments.report.figures.waterfall import waterfall_picture

        answer = self.answer
        attributed = next((one for one in answer.differences if one.attribution), None)
        found = [plane_picture(answer), waterfall_picture(answer), course_picture(answer, self.months, self.courses),
                 levels_picture(answer, self.months),
                 parts_picture(answer, attributed) if attributed else None,
                 flips_picture(answer, self.flips) if self.flips else None]
        return [picture for picture in found if picture is not None]

    def html(self) -> str:
        """The page."""
        from experiments.report.document import html

        return html(self.answer, self.headline, self.pictures, self.flips, self.story)
