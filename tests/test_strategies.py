"""How strategies are spelled, found and refused, and what the ladder and its corners offer."""

from __future__ import annotations

import itertools
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.business import ROLES, Business, load_business
from sim.config import InputError
from sim.remedy import Case, Measure, Menu, Remedy, Strategy, cases, tabulate
from strategies import find, names, registry
from strategies.full import Full
from strategies.ladder import Ladder
from strategies.minimum import Minimum
from strategies.minimum_polite import MinimumPolite
from strategies.switches import FACTORS, switched

MINE = ("full", "ladder", "minimum", "minimum-polite")


@pytest.fixture(scope="module")
def hotel() -> Business:
    return load_business("hotel")


@pytest.fixture(scope="module")
def hotel_cases(hotel: Business) -> list[Case]:
    return list(cases(hotel))


def write(folder: Path, text: str, name: str = "mine.py") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def sentence(error: pytest.ExceptionInfo[InputError]) -> str:
    """The one sentence of an error."""
    assert len(error.value.problems) == 1
    assert "\n" not in str(error.value)
    return str(error.value)


def goods(remedy: Remedy) -> list[Measure]:
    return [measure for measure in remedy.measures if measure.is_goods]


def worth(remedy: Remedy) -> float:
    return sum(measure.worth for measure in goods(remedy))


def cost(remedy: Remedy) -> float:
    return sum(measure.cost for measure in goods(remedy))


# Spelling


@pytest.mark.parametrize(("spelling", "kind"), [
    ("minimum", Minimum), ("minimum-polite", MinimumPolite), ("full", Full), (" ladder ", Ladder)])
def test_names(spelling: str, kind: type[Strategy]) -> None:
    """A strategy that comes with amends is found by its name."""
    assert type(find(spelling)) is kind


def test_parameters() -> None:
    """Parameters follow the name as key=value, with spaces allowed, each in its type."""
    ladder = find("ladder:opening=2, step = 3,generosity=1.5,sincere=true")
    assert isinstance(ladder, Ladder)
    assert (ladder.opening, ladder.step, ladder.generosity, ladder.sincere, ladder.prompt) == (2, 3, 1.5, True, False)


def test_listed_names_can_be_found() -> None:
    """Every listed name can be found, has a summary in one paragraph, and helpers are not listed."""
    assert set(MINE) <= set(names())
    assert not {"registry", "switches"} & set(names())
    for name in names():
        assert isinstance(find(name), Strategy)
        assert registry.summary(name)
        assert "\n" not in registry.summary(name)


def test_docstring() -> None:
    """The docstring of a strategy's file says what it stands for."""
    assert registry.docstring("minimum").startswith("Do only as much as one must.")
    assert registry.summary("minimum").startswith("Curt words first")


@pytest.mark.parametrize(("spelling", "expected"), [
    ("minimun", "no strategy is called 'minimun'; did you mean 'minimum'?"),
    ("minimum_polite", "no strategy is called 'minimum_polite'; did you mean 'minimum-polite'?"),
    ("ladder:sincer=true", "strategy ladder: no parameter is called 'sincer'; did you mean 'sincere'?"),
    ("ladder:opening=two", "strategy ladder: opening = 'two' must be a whole number"),
    ("ladder:sincere=perhaps", "strategy ladder: sincere = 'perhaps' must be true or false"),
    ("ladder:generosity=nan", "strategy ladder: generosity = 'nan' must be a number"),
    ("ladder:opening", "strategy ladder:opening: 'opening' must read key=value"),
    ("ladder:opening=", "strategy ladder:opening=: 'opening=' must read key=value"),
    ("ladder:step=1,step=2", "strategy ladder:step=1,step=2: step is given twice"),
    ("ladder:step=1,", "strategy ladder:step=1,: '' must read key=value"),
    ("ladder:step=-1", "strategy ladder: step = -1 must not be below 0"),
    ("ladder:check=2", "strategy ladder: check = 2.0 must be between 0 and 1"),
    ("registry", "no strategy is called 'registry'"),
    ("", "no strategy is called ''; there are "),
])
def test_wrong_spelling(spelling: str, expected: str) -> None:
    """A wrong spelling is answered in one sentence, with the nearest name where one is near."""
    with pytest.raises(InputError) as error:
        find(spelling)
    assert sentence(error).startswith(expected)


# Files


def test_a_twelve_line_file(tmp_path: Path, hotel: Business) -> None:
    """A file of twelve lines is a strategy: found by its path, tuned by its parameter, asked about every case."""
    path = write(tmp_path, '''\
        """Mine."""
        from strategies import Remedy, Strategy

        class SorryThenPay(Strategy):
            """A true apology and the repair at once; money for the valuable, or for who asks."""
            generous_to: str = "high"

            def respond(self, case):
                offer = [case.menu.best("apologise"), case.menu.best("fix")]
                if case.value == self.generous_to or case.asked == "refund":
                    offer.append(case.menu.best("refund"))
                return Remedy(offer, manager=case.pushes >= 2)
        ''')
    plain = tabulate(find(str(path)), hotel)
    assert plain.remedy(0, 0, 0, 0, 0, 0, 0, 0, 0, 0) != plain.remedy(0, 2, 0, 0, 0, 0, 0, 0, 0, 0)
    assert tabulate(find(f"{path}:SorryThenPay"), hotel).identity == plain.identity
    other = tabulate(find(f"{path}:SorryThenPay:generous_to=low"), hotel)
    assert other.identity != plain.identity
    assert tabulate(find(f"{path}:generous_to=low"), hotel).identity == other.identity
    assert registry.docstring(str(path)) == "Mine."


def test_a_bare_function(tmp_path: Path, hotel: Business) -> None:
    """A file with nothing but a function `respond` is a strategy, which may be made easier to reach."""
    path = write(tmp_path, '''\
        from strategies import Remedy

        def respond(case):
            """Say sorry."""
            return Remedy([case.menu.best("apologise")])
        ''')
    assert str(tabulate(find(str(path)), hotel).remedy(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) == "Remedy(sincere-sorry)"
    assert find(f"{path}:respond:ease=2").ease == 2
    assert registry.summary(str(path)) == "Say sorry."


def test_two_files_of_one_name(tmp_path: Path) -> None:
    """Two files of the same name, and one file before and after an edit, stay apart and importable by nobody."""
    text = """\
        from __future__ import annotations
        from typing import ClassVar
        from strategies import Strategy

        class Same(Strategy):
            number: int = {}
            seen: ClassVar[list[str]] = []
        """
    one, two = (write(tmp_path / str(n), text.format(n)) for n in (1, 2))
    first, second = find(str(one)), find(str(two))
    write(tmp_path / "1", text.format(3))
    third = find(str(one))
    assert [s.number for s in (first, second, third)] == [1, 2, 3]  # type: ignore[attr-defined]
    assert first.parameters()["number"] is int
    assert "mine" not in sys.modules
    assert not list(tmp_path.rglob("*.pyc"))


CLASS = "from strategies import Strategy\nclass {}(Strategy): pass\n"


@pytest.mark.parametrize(("text", "suffix", "expected"), [
    ("x = 1\n", "", "{path}: has neither a subclass of Strategy nor a function called 'respond'"),
    (CLASS.format("A") + "class B(Strategy): pass\n", "",
     "{path}: has several strategies; name one of A, B, as in mine.py:A"),
    (CLASS.format("Generous"), ":Genrous", "{path}: nothing is called 'Genrous'; did you mean 'Generous'?"),
    (CLASS.format("Generous"), ":Xyz", "{path}: nothing is called 'Xyz'; there is Generous"),
    ("class Not: pass\n", ":Not", "{path}: Not is a class, not a subclass of Strategy or a function respond(case)"),
    ("number = 3\n", ":number", "{path}: number is a int, not a subclass of Strategy or a function respond(case)"),
    ("x = 1\n1 / 0\n", "", "{path}:2: cannot be imported: ZeroDivisionError: division by zero"),
    ("x = 1\nimport no_such_module\n", "",
     "{path}:2: cannot be imported: ModuleNotFoundError: No module named 'no_such_module'"),
    ("x = 1\ny = = 2\n", "", "{path}:2: cannot be imported: SyntaxError: invalid syntax"),
    ("raise SystemExit('done\\nhere')\n", "", "{path}:1: cannot be imported: SystemExit: done here"),
    ("x = '\0'\n", "", "{path}"),
    (CLASS.format("A") + "A.__init__ = lambda self: 1 / 0\n", "",
     "strategy {path}: cannot be made: ZeroDivisionError: division by zero"),
])
def test_wrong_file(tmp_path: Path, text: str, suffix: str, expected: str) -> None:
    """A file that cannot be used is answered in one sentence, with the line where there is one."""
    path = write(tmp_path, text)
    before = set(sys.modules)
    with pytest.raises(InputError) as error:
        find(f"{path}{suffix}")
    told = sentence(error)
    assert told.startswith(expected.format(path=path))
    if "cannot be imported" in told:
        assert set(sys.modules) == before


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is named, with the nearest file beside it."""
    write(tmp_path, "", "generous.py")
    with pytest.raises(InputError) as error:
        find(f"{tmp_path / 'generus.py'}:A")
    assert sentence(error) == (f"{tmp_path / 'generus.py'}: cannot be read: No such file or directory; "
                               "did you mean 'generous.py'?")


def test_entry_points(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installed package's strategies are listed without being loaded, and found by name."""
    write(tmp_path, CLASS.format("Theirs"), "their_package_of_strategies.py")
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint("theirs", "their_package_of_strategies:Theirs", registry.GROUP),
              EntryPoint("broken", "no_such_package:Thing", registry.GROUP)]
    monkeypatch.setattr(registry, "entry_points",
                        lambda group, name=None: [p for p in points if name in (None, p.name)])
    assert {"theirs", "broken"} <= set(names())
    assert "their_package_of_strategies" not in sys.modules
    assert type(find("theirs:ease=2")).__name__ == "Theirs"
    with pytest.raises(InputError) as error:
        find("broken")
    assert sentence(error) == ("strategy broken: entry point no_such_package:Thing cannot be loaded: "
                               "ModuleNotFoundError: No module named 'no_such_package'")


# What tabulation refuses


@pytest.mark.parametrize(("body", "expected"), [
    ("seen.append(1); return Remedy([case.menu.best('apologise')] if len(seen) % 2 else [])",
     "answers the same case differently (case: lost-reservation, low value, new, 0 failures before, 0 pushes)"),
    ("return 1 / 0", "failed in line 5 with ZeroDivisionError: division by zero (case: "),
    ("return Remedy([foreign])", "offered 'bribe', which is not on the menu for lost-reservation (case: "),
    ("return Remedy(['sorry'])", "offered 'sorry', which is not on the menu for lost-reservation (case: "),
    ("return 'sorry'", "answered 'sorry', not a Remedy (case: "),
    ("return Remedy([case.menu.best('apologise')] * 2)", "offers a measure twice in one round (case: "),
    ("return Remedy([case.menu.best('refunt')])", "no role is called 'refunt'; did you mean 'refund'? (case: "),
    ("return Remedy([case.menu.named('motel')])", "no measure here is called 'motel'; did you mean 'motel-room'? ("),
])
def test_refused(tmp_path: Path, hotel: Business, body: str, expected: str) -> None:
    """A strategy that draws lots, fails or offers what is not there is refused in one sentence with the case."""
    path = write(tmp_path, "from strategies import Measure, Remedy\n"
                           "seen = []\n"
                           "foreign = Measure('bribe', 'extra', '', 0, 0, 0, 0, 'cash', 1, 1)\n"
                           "def respond(case):\n"
                           f"    {body}\n")
    with pytest.raises(InputError) as error:
        tabulate(find(str(path)), hotel)
    assert sentence(error).startswith("strategy respond")
    assert expected in sentence(error)


# The ladder


def test_minimum_climbs(hotel_cases: list[Case]) -> None:
    """Offers of the minimum never shrink in worth or cost from push to push, and never pass the loss."""
    strategy = find("minimum")
    for earlier, later in itertools.pairwise(hotel_cases):
        if later.pushes == earlier.pushes + 1:
            before, after = strategy.respond(earlier), strategy.respond(later)
            assert before is not None
            assert after is not None
            assert worth(before) <= worth(after) <= 1 + 1e-9
            assert cost(before) <= cost(after) + 1e-12


def test_minimum_tells_the_story(hotel: Business) -> None:
    """A sorry that is none; the sister hotel; the motel on the highway; a voucher; an offer to pay, late and short."""
    table = tabulate(find("minimum"), hotel)
    told = [[m.name for m in table.remedy(0, 1, 0, 0, 0, 0, 0, 0, 0, pushes).measures] for pushes in range(5)]
    assert told == [
        ["curt-sorry"],
        ["curt-sorry", "sister-hotel"],
        ["curt-sorry", "motel-room"],
        ["curt-sorry", "motel-room", "free-night"],
        ["curt-sorry", "motel-room", "free-night", "offer-to-pay"],
    ]


def test_asked_by_name(hotel_cases: list[Case]) -> None:
    """What the customer asks for by name comes with the first push, though the rungs before it were skipped."""
    for case in hotel_cases:
        if case.kind == "lost-reservation" and case.asked and case.pushes:
            names_given = [m.name for m in find("minimum").respond(case).measures]  # type: ignore[union-attr]
            assert {"refund": "pay-for-the-room", "fix": "room-in-town"}[case.asked] in names_given


def test_asked_haste(hotel_cases: list[Case]) -> None:
    """Who asks for haste by name gets it even from a ladder that does not hurry."""
    menu = hotel_cases[0].menu
    case = Case(menu, "lost-reservation", "major", "low", "new", 0, False, False, False, False, "hurry", 1)
    assert menu.best("hurry") in find("minimum").respond(case).measures  # type: ignore[union-attr]


def test_full_at_once(hotel: Business, hotel_cases: list[Case]) -> None:
    """The full remedy is the best of every role before any push, words first, and no push adds to it."""
    strategy = find("full")
    for case in hotel_cases:
        offer = strategy.respond(case)
        assert offer is not None
        assert set(offer.measures) == {m for role in ROLES if (m := case.menu.best(role))}
        order = [m.role for m in offer.measures]
        goods_roles = order[4:-1]
        assert order[:4] + order[-1:] == ["acknowledge", "apologise", "explain", "hurry", "follow_up"]
        assert not {"acknowledge", "apologise", "explain", "hurry", "follow_up"} & set(goods_roles)
    assert tabulate(strategy, hotel).proactive


def test_polite_differs_in_words_only(hotel_cases: list[Case]) -> None:
    """The polite minimum gives the same goods at the same push; only words and haste differ."""
    plain, polite = find("minimum"), find("minimum-polite")
    for case in hotel_cases:
        one, other = plain.respond(case), polite.respond(case)
        assert one is not None
        assert other is not None
        assert goods(one) == goods(other)
        assert one != other
    assert (plain.proactive, plain.promise, plain.ease, plain.check) == (
        polite.proactive, polite.promise, polite.ease, polite.check)


@pytest.mark.parametrize(("spelling", "proactive"), [
    ("ladder", False), ("ladder:at_once=true", True), ("ladder:at_once=true,proactive=false", False),
    ("ladder:proactive=true", True), ("full", True), ("full:at_once=false", False), ("full:proactive=false", False)])
def test_at_once_is_unasked(spelling: str, proactive: bool) -> None:
    """At once counts from the failure: it opens the case itself, unless told to wait for the complaint."""
    assert find(spelling).proactive is proactive


def test_a_subclass_may_say_otherwise() -> None:
    """A ladder of one's own that says it is not proactive is not, though it gives everything at once."""
    class Waits(Ladder):
        at_once: bool = True
        proactive: bool = False

    assert not Waits().proactive


def _measures() -> st.SearchStrategy[list[Measure]]:
    one = st.tuples(st.sampled_from(["fix", "replace", "refund", "credit", "extra"]),
                    st.floats(0, 2), st.floats(0, 2))
    return st.lists(one, max_size=8).map(lambda found: [
        Measure(f"m{n}", role, "", 0, 0, 0, 0, "cash", worth, cost) for n, (role, worth, cost) in enumerate(found)])


@given(_measures(), st.integers(0, 4), st.integers(0, 3), st.floats(0, 4), st.booleans(),
       st.sampled_from([None, "fix", "refund", "extra"]))
def test_any_ladder_climbs(measures: list[Measure], opening: int, step: int, generosity: float, at_once: bool,
                           asked: str | None) -> None:
    """On any menu the worth never falls from push to push, costs never fall, and nothing passes the generosity."""
    menu = Menu(measures)
    ladder = Ladder(opening=opening, step=step, generosity=generosity, at_once=at_once)
    offers = [ladder.respond(Case(menu, "k", "minor", "low", "new", 0, False, False, False, False,
                                  asked if pushes else None, pushes)) for pushes in range(6)]
    for before, after in itertools.pairwise(offers):
        assert worth(before) <= worth(after) + 1e-9
    for offer in offers:
        assert worth(offer) <= generosity + 1e-8
        assert len({m.role for m in offer.measures}) == len(offer.measures)
    if asked is None:
        for before, after in itertools.pairwise(offers):
            assert cost(before) <= cost(after) + 1e-9


# The four switches


def test_corners(hotel: Business) -> None:
    """With no factor on it is the minimum, with all on it is full, to the last bit."""
    assert tabulate(switched(()), hotel).identity == tabulate(find("minimum"), hotel).identity
    assert tabulate(switched(FACTORS), hotel).identity == tabulate(find("full"), hotel).identity


def test_sixteen(hotel_cases: list[Case]) -> None:
    """The sixteen combinations are sixteen different strategies."""
    on = [{f for f, bit in zip(FACTORS, bits, strict=True) if bit}
          for bits in itertools.product((False, True), repeat=4)]
    answers = {tuple(map(switched(factors).respond, hotel_cases[:18])) for factors in on}
    assert len(answers) == 16


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_changes_its_own_thing(factor: str, hotel_cases: list[Case]) -> None:
    """Manner moves the words, speed the haste, money and timing the goods; only timing acts unasked."""
    off, on = switched(()), switched({factor})
    touched = set()
    for case in hotel_cases:
        for name, part in (("words", lambda m: not m.is_goods and m.role != "hurry"),
                           ("haste", lambda m: m.role == "hurry"), ("goods", lambda m: m.is_goods)):
            if list(filter(part, off.respond(case).measures)) != list(filter(part, on.respond(case).measures)):
                touched.add(name)
    assert touched == {"manner": {"words"}, "speed": {"haste"}, "timing": {"goods"}, "money": {"goods"}}[factor]
    assert on.proactive == (factor == "timing")


def test_timing_alone_gives_no_more(hotel_cases: list[Case]) -> None:
    """Timing alone gives at once what the ladder would give in the end, not more."""
    early, late = switched({"timing"}), Minimum(step=99)
    for case in hotel_cases:
        if case.pushes and not case.asked:
            assert goods(early.respond(case)) == goods(late.respond(case))


def test_unknown_factor() -> None:
    """A factor that does not exist is named, with the nearest."""
    with pytest.raises(InputError) as error:
        switched({"mony"})
    assert sentence(error) == "no factor is called 'mony'; did you mean 'money'?"
