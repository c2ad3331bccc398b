"""Whatever is wrong with a business or a setting is said in one sentence, with place, key and remedy."""

from __future__ import annotations

import copy
import datetime
import pickle
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sim.business import Business, load_business, plain, presets
from sim.config import InputError, line_of, merged, nearest, parse_settings, read_toml, validated
from tests.businesses import small_business, small_business_toml

SMALL = small_business_toml()


@pytest.fixture
def complaints(tmp_path: Path) -> Callable[..., list[str]]:
    """What is said of a text as a business file, with changes laid over it, without the folder."""

    def say(text: str, **changes: Any) -> list[str]:
        path = tmp_path / "shop.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load_business(str(path), changes)
        return [sentence.replace(f"{tmp_path}/", "") for sentence in caught.value.problems]

    return say


def replaced(old: str, new: str, text: str = SMALL) -> tuple[str, int]:
    """The text with one thing replaced, and the line of it."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new), text[: text.index(old)].count("\n") + 1 + (len(old) - len(old.lstrip("\n")))


def test_the_small_business_is_right(tmp_path: Path) -> None:
    """A file without mistakes is read, and is the same after a round trip through plain data."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    business = load_business(str(path))
    assert business == small_business()
    assert business.kind_names == ["late", "broken"]
    assert business.asked_roles == ["refund", "replace"]
    assert business.periods_per_year == 12
    assert validated(Business, plain(business)) == business
    assert business.failures.kinds["late"].loss(50.0) == pytest.approx(10.0)


@pytest.mark.parametrize("name", presets())
def test_presets_are_right(name: str) -> None:
    """Every preset loads under its own name and survives a round trip."""
    business = load_business(name)
    assert business.name == name
    assert validated(Business, plain(business)) == business


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """A file as saved by an editor on Windows is read like any other."""
    path = tmp_path / "small.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert load_business(str(path)) == small_business()


def test_all_faults_at_once(complaints: Callable[..., list[str]]) -> None:
    """Six faults of a file are six sentences, in the order of the file."""
    text = SMALL
    for old, new in (
        ("customer_share = 0.5", "customer_shar = 0.5"),
        ("per_encounter = 0.1", "per_encounter = 12"),
        ("severity = 0.7", 'severity = "bad"'),
        ("wage_per_minute = 0.5", "wage_per_minute = true"),
        ("discount_rate_annual = 0.1", "discount_rate_annual = nan"),
        ('kind = "broken"', 'kind = "brokn"'),
    ):
        text, _ = replaced(old, new, text)
    lines = text.splitlines()
    places, sentences = zip(*(said.split(": ", 1) for said in complaints(text)), strict=True)
    assert list(sentences) == [
        "people.customer_share: is missing",
        "people.customer_shar: unknown key; did you mean 'customer_share'?",
        "failures.per_encounter = 12: must be less than or equal to 1",
        "failures.late.severity = 'bad': must be a number",
        "front_desk.wage_per_minute = true: must be a number",
        "finance.discount_rate_annual = nan: must be a finite number",
        "events.recall.kind: no failure is called 'brokn'; did you mean 'broken'?",
    ]
    assert [lines[int(place.removeprefix("shop.toml:")) - 1] for place in places] == [
        "[people]", "customer_shar = 0.5", "per_encounter = 12", 'severity = "bad"', "wage_per_minute = true",
        "discount_rate_annual = nan", 'kind = "brokn"']


@pytest.mark.parametrize(("old", "new", "sentence"), [
    # spelling
    ("severity = 0.7", "severty = 0.7", "failures.late.severty: unknown key; did you mean 'severity'?"),
    ("per_encounter = 0.1", "per_encounter = 0.1\nper_encountr = 0.1",
     "failures.per_encountr: unknown key; did you mean 'per_encounter'?"),
    ("[talk]", "[tlk]", "tlk: unknown key; did you mean 'talk'?"),
    ("period = \"month\"", "period = \"months\"",
     "period = 'months': must be one of week, month, quarter; did you mean 'month'?"),
    ("whom = \"new\"", "whom = \"newest\"",
     "events.recall.whom = 'newest': must be one of customers, new, established, low, middle, high; "
     "did you mean 'new'?"),
    ("role = \"fix\"", "role = \"fixx\"",
     "menu.repair.role = 'fixx': must be one of acknowledge, apologise, explain, fix, replace, refund, credit, extra, "
     "follow_up, hurry; did you mean 'fix'?"),
    ("wants = { refund = 0.3", "wants = { refnd = 0.3",
     "people.wants.refnd: must be one of acknowledge, apologise, explain, fix, replace, refund, credit, extra, "
     "follow_up, hurry; did you mean 'refund'?"),
    # names that nothing has
    ("kinds = [\"broken\"]", "kinds = [\"broke\"]",
     "menu.repair.kinds: no failure is called 'broke'; did you mean 'broken'?"),
    ("legal_floor = [\"repair\"]", "legal_floor = [\"repairs\"]",
     "failures.broken.legal_floor: no measure is called 'repairs'; did you mean 'repair'?"),
    ("legal_floor = [\"repair\"]", "legal_floor = [\"repair\", \"repair\"]",
     "failures.broken.legal_floor: names 'repair' twice"),
    ("detected_share = 0.5", "legal_floor = [\"repair\"]",
     "failures.late.legal_floor: menu.repair does not answer this kind of failure; see its kinds"),
    ("kind = \"broken\"", "kind = \"fire\"", "events.recall.kind: no failure is called 'fire'"),
    ("[opportunists]\nshare = 0.02", "[opportunists]\nkind = \"lat\"",
     "opportunists.kind: no failure is called 'lat'; did you mean 'late'?"),
    ("\"finance.margin_share\"", "\"finance.margin\"",
     "sources.finance.margin: is no key of this business; did you mean 'finance.margin_share'?"),
    # types
    ("customer_share = 0.5", "customer_share = \"half\"", "people.customer_share = 'half': must be a number"),
    ("customer_share = 0.5", "customer_share = true", "people.customer_share = true: must be a number"),
    ("customer_share = 0.5", "customer_share = [0.5]", "people.customer_share: must be a number"),
    ("customer_share = 0.5", "customer_share = 2020-01-01", "people.customer_share: must be a number"),
    ("money_at_stake = true", "money_at_stake = 1", "failures.broken.money_at_stake = 1: must be true or false"),
    ("max_pushes = 3", "max_pushes = 3.5", "front_desk.max_pushes = 3.5: must be a whole number"),
    ("title = \"A small shop\"", "title = 7", "title = 7: must be text in quotes"),
    ("kinds = [\"broken\"]", "kinds = \"broken\"", "menu.repair.kinds = 'broken': must be a list, in square brackets"),
    ("kinds = [\"broken\"]", "kinds = [7]", "menu.repair.kinds.0 = 7: must be text in quotes"),
    ("wants = { refund = 0.3, replace = 0.2 }", "wants = 0.3", "people.wants = 0.3: must be a table"),
    ("[talk]\nties = 6.0\nweak_share = 0.3\n", "[sources.talk]\n",
     "sources.talk.grade: is missing"),
    # ranges
    ("severity = 0.7", "severity = 0", "failures.late.severity = 0: must be greater than 0"),
    ("margin_share = 0.4", "margin_share = inf", "finance.margin_share = inf: must be a finite number"),
    ("replacement_cost = 3000.0", "replacement_cost = -1",
     "front_desk.replacement_cost = -1: must be greater than or equal to 0"),
    ("currency = \"EUR\"", "currency = \"\"", "currency = '': must have at least 1 character"),
    ("range = [0.2, 0.8]", "range = [0.2]", "sources.people.customer_share.range: must have at least 2 items, not 1"),
    ("range = [0.2, 0.8]", "range = [0.8, 0.2]",
     "sources.people.customer_share.range: must run from low to high, not from 0.8 to 0.2"),
    # rules between keys
    ("former_share = 0.1", "former_share = 0.6",
     "people.former_share: customer_share 0.5 and former_share 0.6 sum to more than 1"),
    ("customer_share = 0.5", "customer_share = 0", "people.customer_share: is 0: there is nobody to lose"),
    ("wants = { refund = 0.3", "wants = { refund = 0.9", "people.wants: the shares sum to 1.1, more than 1"),
    ("wants = { refund = 0.3", "wants = { apologise = 0.3",
     "people.wants.apologise: is nothing to hold; only a form of remedy can be wanted"),
    ("wants = { refund = 0.3", "wants = { refund = -0.3",
     "people.wants.refund: is -0.3, but must be a share from 0 to 1"),
    ("share = 0.6\nloss", "share = 0.5\nloss",
     "failures: the shares of the kinds must sum to 1, not 0.9 (late 0.5 + broken 0.4)"),
    ("loss_share = 0.2\n", "", "failures.late: needs exactly one of loss_share and loss_money"),
    ("loss_share = 0.2\n", "loss_share = 0.2\nloss_money = 7\n",
     "failures.late: needs exactly one of loss_share and loss_money"),
    ("cost_money = 3.0", "cost_money = 3.0\ncost_share = 0.1",
     "menu.now: needs exactly one of cost_share and cost_money"),
    ("words = \"We repair it.\"\ndays = 5.0", "words = \"We repair it.\"\ndays_saved = 5.0",
     "menu.repair.days_saved: belongs to role 'hurry'"),
    ("form = \"service\"\n", "", "menu.repair.form: is 'words', which does not go with role 'fix'; take service, cash, "
                               "goods or credit"),
    ("sincerity = 0.9", "sincerity = 0.9\nform = \"cash\"",
     "menu.sorry.form: is 'cash', which does not go with role 'apologise'; only words do"),
    ("at_none = 0.9", "at_none = 0.01", "leaving.at_none: is 0.01, but must not be below at_typical, 0.05"),
    ("at_none_per_year = 0.005", "at_none_per_year = 0.5",
     "joining.at_none_per_year: is 0.5, but must not be above at_typical_per_year, 0.1"),
    ("when = \"at_encounter\"", "when = \"at_renewal\"",
     "leaving.contract_months: is needed with when = 'at_renewal', and only there"),
    ("at_none = 0.9", "at_none = 0.9\ncontract_months = 12",
     "leaving.contract_months: is needed with when = 'at_renewal', and only there"),
    ("grade = \"measured\", source = \"the shop's books\"", "grade = \"measured\"",
     "sources.finance.margin_share: a measured number needs a source"),
    (", range = [0.2, 0.8]", "", "sources.people.customer_share: an assumption needs a range"),
    # time
    ("encounters_per_year = 4.0", "encounters_per_year = 100",
     "people.encounters_per_year: 100 is too many for one encounter a month: 88 % would be cut; take a shorter period"),
    ("when = \"at_encounter\"", "when = \"at_renewal\"\ncontract_months = 0.5",
     "leaving.contract_months: is 0.5, shorter than the period, a month; take a shorter period"),
    ("detected_share = 0.5", "lag_months = 0.2",
     "failures.late.lag_months: is 0.2, less than half a month; take a shorter period or 0"),
])
def test_one_fault_is_one_sentence(
    complaints: Callable[..., list[str]], old: str, new: str, sentence: str
) -> None:
    """A single fault is told in a single sentence, with the line on which it (or its table) stands."""
    text, _ = replaced(old, new)
    [said] = [said for said in complaints(text) if not said.endswith("is missing") or sentence.endswith("is missing")]
    place, _, rest = said.partition(": ")
    assert rest == sentence
    file, _, line = place.partition(":")
    assert file == "shop.toml"
    standing = text.splitlines()[int(line) - 1]
    key = sentence.split(":")[0].split(" = ")[0]
    assert any(part in standing for part in key.split(".")), f"line {line} is {standing!r}"


def test_faults_between_keys_come_together(complaints: Callable[..., list[str]]) -> None:
    """Several rules broken at once are several sentences, each at its own line."""
    text, one = replaced('kinds = ["broken"]', 'kinds = ["broke", "lat"]')
    text, two = replaced('kind = "broken"', 'kind = "fire"', text)
    text, three = replaced("encounters_per_year = 4.0", "encounters_per_year = 40", text)
    assert [said.split(": ")[0] for said in complaints(text)] == [
        f"shop.toml:{line}" for line in sorted([one, one, two, three])]


def test_a_whole_number_will_do_for_a_decimal_one(complaints: Callable[..., list[str]]) -> None:
    """`share = 1` is as good as 1.0, in a file and in a change; but no other type is."""
    text, _ = replaced("margin_share = 0.4", "margin_share = 1")
    text, _ = replaced("range = [0.2, 0.8]", "range = [0, 1]", text)
    business = validated(Business, tomllib.loads(text))
    assert business.finance.margin_share == 1.0
    assert type(business.finance.margin_share) is float
    assert type(small_business(**{"people.spend_per_encounter": 7}).people.spend_per_encounter) is float
    assert complaints(SMALL, finance={"margin_share": "1"}) == [
        "--set: finance.margin_share = '1': must be a number"]


def test_changes_are_checked_like_the_file(complaints: Callable[..., list[str]]) -> None:
    """A wrong --set names its key, not a line of the file."""
    assert complaints(SMALL, peple={"customer_share": 0.3}) == ["--set: peple: unknown key; did you mean 'people'?"]
    assert complaints(SMALL, failures={"late": {"severty": 2}}) == [
        "--set: failures.late.severty: unknown key; did you mean 'severity'?"]
    assert complaints(SMALL, failures={"late": {"share": 0.5}}) == [
        "--set: failures: the shares of the kinds must sum to 1, not 0.9 (late 0.5 + broken 0.4)"]
    assert "--set: failures.brokn.title: is missing; did you mean 'failures.broken.title'?" in complaints(
        SMALL, failures={"brokn": {"severity": 2.0}})
    assert complaints(SMALL, people=7) == ["--set: people = 7: must be a table"]
    assert complaints(SMALL, finance={"margin_share": 10**400})[0].startswith("--set: finance.margin_share")
    assert complaints(SMALL, finance={"margin_share": 10**5000})[0].startswith("--set: finance.margin_share")


@pytest.mark.parametrize(("text", "sentence"), [
    ("name = \"a\"\ntitle =\n", "shop.toml:2: is not valid TOML: Invalid value (column 8)"),
    ("name = \"a", "shop.toml: is not valid TOML: "),
    ("a = 1\na = 2\n", "shop.toml:2: is not valid TOML: Cannot overwrite a value (column 6)"),
    ("a = " + "[" * 5000 + "]" * 5000, "shop.toml: is nested too deeply"),
    ("a = " + "9" * 5000, "shop.toml: is not valid TOML: "),
    ("", "shop.toml: name: is missing"),
])
def test_a_file_that_is_no_business(complaints: Callable[..., list[str]], text: str, sentence: str) -> None:
    """What is not TOML is said with its line; an empty file misses everything."""
    assert complaints(text)[0].startswith(sentence)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder and another encoding are one sentence each."""
    with pytest.raises(InputError, match=r"none\.toml: cannot be read: No such file or directory$"):
        load_business(str(tmp_path / "none.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(InputError, match=r"folder\.toml: cannot be read: "):
        load_business(str(tmp_path / "folder.toml"))
    (tmp_path / "old.toml").write_bytes('title = "Café"'.encode("latin-1"))
    with pytest.raises(InputError, match=r"old\.toml: is not UTF-8 text \(byte 12\)$"):
        load_business(str(tmp_path / "old.toml"))


@pytest.mark.parametrize("spelling", ["hotl", "", "nowhere/hotel.txt", "x" * 5000, "a\0b"])
def test_an_unknown_business(spelling: str) -> None:
    """A name that no business has gives the nearest, or all there are."""
    with pytest.raises(InputError, match="no business is called") as caught:
        load_business(spelling)
    if spelling == "hotl":
        assert str(caught.value) == "no business is called 'hotl'; did you mean 'hotel'?"
    else:
        assert "give the path of a .toml file" in str(caught.value)


def test_settings_are_read_as_toml() -> None:
    """--set reads numbers, truth, lists and tables; a bare word is text; quotes keep dots together."""
    assert parse_settings([
        "people.customer_share=0.3", "people.encounters_per_year = 4", "period=week", "a.b=true", "a.c=[1, 2]",
        "a.d={ x = 1 }", 'sources."people.customer_share".grade=fitted', "title=a = b", "empty=",
        "failures.späti.share=1", "x=1\ny = 2", "period=month",
    ]) == {
        "people": {"customer_share": 0.3, "encounters_per_year": 4}, "period": "month",
        "a": {"b": True, "c": [1, 2], "d": {"x": 1}}, "sources": {"people.customer_share": {"grade": "fitted"}},
        "title": "a = b", "empty": "", "failures": {"späti": {"share": 1}}, "x": "1\ny = 2",
    }
    assert parse_settings([]) == {}


def test_wrong_settings() -> None:
    """All unusable --set are told at once."""
    with pytest.raises(InputError) as caught:
        parse_settings(["people.customer_share", "=3", "a..b=1", "a=1", "a.b.c=2", "b.c=1", "b=2"])
    how = "must read key=value, such as people.customer_share=0.3"
    assert caught.value.problems == [
        f"--set people.customer_share: {how}", f"--set =3: {how}", f"--set a..b=1: {how}",
        "--set a.b.c=2: 'a' is already set to a value", "--set b=2: 'b' is already set key by key"]


def test_laying_over_leaves_the_originals_alone() -> None:
    """`merged` alters neither side, keeps what is not named and makes whole numbers decimal where they lie on one."""
    base: dict[str, Any] = {"a": {"b": 1.5, "c": 2}, "d": True}
    before = copy.deepcopy(base)
    result = merged(base, {"a": {"b": 2}, "e": {"f": 1}})
    assert result == {"a": {"b": 2.0, "c": 2}, "d": True, "e": {"f": 1}}
    assert type(result["a"]["b"]) is float
    assert base == before
    assert merged({"a": 1.5}, {"a": True}) == {"a": True}


def test_lines_are_found_however_a_file_is_written() -> None:
    """Quoted and dotted keys, inline tables, lists and texts over several lines do not lead astray."""
    text = '\n'.join([
        '# [people] = 1',                   # 1
        'title = """',                      # 2
        '[people]',                         # 3
        'customer_share = 7"""',            # 4
        'list = [',                         # 5
        '  ["a", "b"], # ]',                # 6
        '  [\'customer_share = 1\'],',      # 7
        ']',                                # 8
        '[people] # [x]',                   # 9
        'customer_share = 0.5',             # 10
        'wants = { refund = 0.3 }',         # 11
        '[sources."people.customer_share"]',  # 12
        "grade = 'a'",                      # 13
        '[failures]',                       # 14
        'late.share = 1',                   # 15
        '"odd = # key" = 1',                # 16
        '[[steps]]',                        # 17
        'a = 1',                            # 18
        '[[steps]]',                        # 19
        'a = 1',                            # 20
        '[ menu . "caf\\u00e9" ]',          # 21
    ])
    tomllib.loads(text)
    for keys, line in (
        (["title"], 2), (["list"], 5), (["list", "1"], 5), (["people"], 9), (["people", "customer_share"], 10),
        (["people", "wants", "refund"], 11), (["people", "unknown"], 9), (["unknown"], None),
        (["sources", "people.customer_share"], 12), (["sources", "people.customer_share", "grade"], 13),
        (["failures", "late"], 15), (["failures", "late", "share"], 15), (["failures", "odd = # key"], 16),
        (["steps", "0", "a"], 18), (["steps", "1", "a"], 20), (["steps", "1"], 19), (["menu", "café"], 21),
    ):
        assert line_of(text, keys) == line, keys


def test_every_key_of_the_small_business_is_found() -> None:
    """Each number of a plain file has the very line on which it stands."""
    lines = SMALL.splitlines()

    def leaves(table: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        for key, value in table.items():
            if isinstance(value, dict):
                yield from leaves(value, (*path, key))
            else:
                yield (*path, key)

    for path in leaves(tomllib.loads(SMALL)):
        line = line_of(SMALL, path)
        assert line is not None and path[-1] in lines[line - 1], path


def test_a_kind_may_have_any_name(complaints: Callable[..., list[str]]) -> None:
    """A kind of failure called like a key, or spelled with blanks and dots, still has its line and key."""
    text = SMALL.replace("[failures.late]", '[failures."too late. again"]')
    text, line = replaced("severity = 0.7", "severity = 9", text)
    assert complaints(text) == [
        f"shop.toml:{line}: failures.too late. again.severity = 9: must be less than or equal to 5"]


def test_no_close_word_no_guess() -> None:
    """A wrong guess is worse than none."""
    assert nearest("zebra", ["people", "talk"]) == ""
    assert nearest("peple", ["people", "talk"]) == "; did you mean 'people'?"


def test_an_input_error_travels_between_processes() -> None:
    """All its sentences survive pickling."""
    error = pickle.loads(pickle.dumps(InputError(["one", "two"])))
    assert (type(error), error.problems, str(error)) == (InputError, ["one", "two"], "one\ntwo")
    assert InputError("one").problems == ["one"]


def test_reading_returns_the_text(tmp_path: Path) -> None:
    """The text comes along for line numbers."""
    path = tmp_path / "a.toml"
    path.write_text("a = 1\n", encoding="utf-8")
    assert read_toml(path) == ({"a": 1}, "a = 1\n")


def spots(table: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every key of nested data, tables included."""
    for key, value in table.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from spots(value, (*path, key))


ANYTHING = some.one_of(
    some.none(), some.booleans(), some.integers(), some.just(10**400), some.floats(), some.text(max_size=8),
    some.sampled_from(["late", "repair", "fix", datetime.date(2020, 1, 1), datetime.time(1, 2), 5e-324, 1e308, -0.0]),
    some.lists(some.one_of(some.integers(), some.text(max_size=3), some.floats()), max_size=3),
    some.dictionaries(some.text(max_size=5), some.one_of(some.integers(), some.text(max_size=3)), max_size=3),
)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(some.lists(some.tuples(some.sampled_from(list(spots(tomllib.loads(SMALL)))), some.booleans(), ANYTHING),
                  min_size=1, max_size=3))
def test_nothing_but_sentences(changes: list[tuple[tuple[str, ...], bool, Any]]) -> None:
    """Whatever stands at some keys of a file, or is laid over it, ends in a business or in sentences."""
    data = tomllib.loads(SMALL)
    for path, drop, value in changes:
        table: Any = data
        for part in path[:-1]:
            table = table.get(part) if isinstance(table, dict) else None
        if isinstance(table, dict):
            if drop:
                table.pop(path[-1], None)
            else:
                table[path[-1]] = value
    for given_data, where in ((data, "a.toml"), (merged(plain(small_business()), data), "--set")):
        try:
            business = validated(Business, given_data, where=where, text=SMALL)
        except InputError as error:
            assert error.problems and all(error.problems)
            assert not any("validation error" in sentence or "Input should" in sentence for sentence in error.problems)
        else:
            assert validated(Business, plain(business)) == business
