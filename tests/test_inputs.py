"""The user's own people are read as they stand, and every mistake in them is one sentence."""

from __future__ import annotations

import csv
import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from sim.config import InputError
from sim.inputs import default_people, load_market

HEADER = "customer,encounters_per_period,spend_per_encounter\n"
DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


def written(folder: Path, text: str | bytes, name: str = "people.csv") -> Path:
    path = folder / name
    content = text.encode() if isinstance(text, str) else text
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def mistakes(customers: Path | None, network: Path | None = None) -> list[str]:
    """The sentences, without the folder."""
    with pytest.raises(InputError) as caught:
        load_market(customers, network)
    folder = str((customers or network).parent) + "/"  # type: ignore[union-attr]
    for sentence in caught.value.problems:
        assert "\n" not in sentence
    return [sentence.replace(folder, "") for sentence in caught.value.problems]


def test_the_odd_frequent_customer_is_cut(tmp_path: Path) -> None:
    """As in a business, up to 1 % of the encounters may be lost to 'at most one per period'."""
    market = load_market(written(tmp_path, HEADER + "a,1.5,5\n" + "".join(f"c{k},0.5,5\n" for k in range(100))), None)
    assert market is not None and market.rate is not None
    assert market.rate.tolist() == [1.0] + [0.5] * 100


def test_no_files_are_no_market() -> None:
    """Without files there is no market to lay under the model."""
    assert load_market(None, None) is None


def test_a_customers_file_is_read_as_it_stands(tmp_path: Path) -> None:
    """Ids stay the user's strings, columns come in any order, what is not given is NaN or customer."""
    path = written(tmp_path, "bad,status,spend_per_encounter,customer,good,encounters_per_period\n"
                             ",,12.5,007,,0.25\n"
                             "1.5,former,30,Zoë,2,1\n"
                             ",prospect,1e2,\"Miller, Ann\",0,0\n")
    market = load_market(path, None)
    assert market is not None
    assert market.ids == ("007", "Zoë", "Miller, Ann")
    assert market.rate is not None and market.rate.tolist() == [0.25, 1.0, 0.0]
    assert market.spend is not None and market.spend.tolist() == [12.5, 30.0, 100.0]
    assert market.status is not None and market.status.tolist() == [1, 2, 0]
    assert market.good is not None and np.array_equal(market.good, [np.nan, 2.0, 0.0], equal_nan=True)
    assert market.bad is not None and np.array_equal(market.bad, [np.nan, 1.5, np.nan], equal_nan=True)
    assert market.edges is None
    assert market.rows == 3


def test_optional_columns_may_be_left_out(tmp_path: Path) -> None:
    """Three columns are enough: everybody is then a customer, with the evidence of their rate."""
    market = load_market(written(tmp_path, HEADER + "a,0.1,5\nb,0.2,6\n"), None)
    assert market is not None and market.status is not None and market.good is not None and market.bad is not None
    assert market.status.tolist() == [1, 1]
    assert np.isnan(market.good).all() and np.isnan(market.bad).all()


@pytest.mark.parametrize(("name", "content"), [
    ("people.csv", b"\xef\xbb\xbf" + (HEADER + "a,0.1,5\nb,0.2,6\n").encode()),
    ("people.csv.gz", (HEADER + "a,0.1,5\nb,0.2,6\n").encode()),
    ("people.csv", (HEADER + "a,0.1,5\nb,0.2,6\n").replace("\n", "\r\n").encode()),
    ("people.csv", (HEADER + "\n a , 0.10 ,5.0\n\nb,0.2,6").encode()),
    ("people.csv", b"spend_per_encounter,customer,encounters_per_period\n5,a,0.1\n6,b,0.2\n"),
    ("people.csv", gzip.compress((HEADER + "a,0.1,5\nb,0.2,6\n").encode())),
])
def test_packing_does_not_matter(tmp_path: Path, name: str, content: bytes) -> None:
    """Gzip, a byte-order mark, Windows lines, blanks and the order of columns change nothing, the digest neither."""
    plain = load_market(written(tmp_path, HEADER + "a,0.1,5\nb,0.2,6\n", "plain.csv"), None)
    other = load_market(written(tmp_path, content, name), None)
    assert plain is not None and other is not None
    assert (plain.ids, plain.digest) == (other.ids, other.digest)


def test_the_digest_tells_files_apart(tmp_path: Path) -> None:
    """Another number, another name, another tie or another order is another digest."""
    ties = written(tmp_path, "source,target\na,b\n", "ties.csv")
    digests = set()
    for text in ("a,0.1,5\nb,0.2,6\n", "a,0.1,5\nb,0.2,7\n", "a,0.1,5\nc,0.2,6\n", "b,0.2,6\na,0.1,5\n"):
        people = written(tmp_path, HEADER + text)
        for network in (None, ties):
            market = load_market(people, network)
            assert market is not None
            digests.add(market.digest)
    assert len(digests) == 8


def test_ties_are_pairs_each_once(tmp_path: Path) -> None:
    """A tie given twice or in both directions counts once; strangers come after the customers."""
    people = written(tmp_path, HEADER + "ann,0.1,5\nbob,0.2,6\n")
    network = written(tmp_path, "from,to\nzoe,bob\nbob,zoe\nann,bob\nzoe,yan\nann,bob\n", "ties.csv.gz")
    market = load_market(people, network)
    assert market is not None and market.edges is not None
    assert market.ids == ("ann", "bob", "zoe", "yan")
    assert market.edges.tolist() == [[0, 1], [1, 2], [2, 3]]
    assert market.edges.dtype == np.int64
    assert market.rows == 2


def test_a_network_alone_names_the_people(tmp_path: Path) -> None:
    """Without customers the people are the ends of ties, in order of first appearance."""
    market = load_market(None, written(tmp_path, "source,target\n9,2\n2,5\n"))
    assert market is not None and market.edges is not None
    assert market.ids == ("9", "2", "5")
    assert market.edges.tolist() == [[0, 1], [1, 2]]
    assert (market.rate, market.status, market.good, market.rows) == (None, None, None, 0)


def test_how_many_people(tmp_path: Path) -> None:
    """Customers make up their share of the market, which holds at least everybody named."""
    people = written(tmp_path, HEADER + "".join(f"c{k},0.1,5\n" for k in range(30)))
    network = written(tmp_path, "source,target\n" + "".join(f"c0,n{k}\n" for k in range(100)), "ties.csv")
    customers, both, ties = load_market(people, None), load_market(people, network), load_market(None, network)
    assert customers is not None and both is not None and ties is not None
    assert default_people(customers, 0.3) == 100
    assert default_people(customers, 1.0) == 30
    assert default_people(both, 0.3) == 130
    assert default_people(both, 0.1) == 300
    assert default_people(ties, 0.1) == 101
    with pytest.raises(InputError, match=r"30 customers would be a share of 1e-12 of 3e\+13 people"):
        default_people(customers, 1e-12)


@pytest.mark.parametrize(("row", "sentence"), [
    ("a,1.5,5", "encounters_per_period is above 1 here: 25 % of all encounters would be cut, as a person has at most "
                "one per period; take a shorter period"),
    ("a,1.5,5\nb,2,5", "encounters_per_period is above 1 here and in 1 more row: 38 % of all encounters would be cut, "
                       "as a person has at most one per period; take a shorter period"),
    ("a,-0.1,5", "encounters_per_period = -0.1 must be from 0 to 1: a person has at most one encounter per period"),
    ("a,1e300,5", "encounters_per_period = 1e300 must be from 0 to 1: a person has at most one encounter per period"),
    ("a,nan,5", "encounters_per_period = 'nan' must be a finite number"),
    ("a,often,5", "encounters_per_period = 'often' must be a finite number"),
    ("a,,5", "encounters_per_period is missing"),
    ("a,0.5,0", "spend_per_encounter = 0 must be from 1e-6 to 1e12"),
    ("a,0.5,-3", "spend_per_encounter = -3 must be from 1e-6 to 1e12"),
    ("a,0.5,inf", "spend_per_encounter = 'inf' must be a finite number"),
    ("a,0.5,1e999", "spend_per_encounter = '1e999' must be a finite number"),
    ("a,0.5,1_000", "spend_per_encounter = '1_000' must be a finite number"),
    ("a,0.5,$5", "spend_per_encounter = '$5' must be a finite number"),
    (" ,0.5,5", "customer is missing"),
    ("a,0.5", "has 2 values, but the header names 3 columns"),
    ("a,0.5,5,6", "has 4 values, but the header names 3 columns"),
    ("first,0.5,5", "customer 'first' is already in line 2"),
    ('"a,0.5,5', "cannot be read as CSV: a quote is opened and not closed"),
    ('"a"x,0.5,5', "cannot be read as CSV: ',' expected after '\"'"),
])
def test_a_wrong_row_is_named_with_its_line(tmp_path: Path, row: str, sentence: str) -> None:
    """What is wrong in a row is said with file, line, column and value."""
    assert mistakes(written(tmp_path, HEADER + "first,0.5,5\n\n" + row + "\n")) == [f"people.csv:4: {sentence}"]


@pytest.mark.parametrize(("cells", "sentence"), [
    ("custmer,,", "status = 'custmer' must be one of prospect, customer, former; did you mean 'customer'?"),
    ("Former,,", "status = 'Former' must be one of prospect, customer, former; did you mean 'former'?"),
    ("former,-1,", "good = -1 must be from 0 to 1e12"),
    ("former,,lots", "bad = 'lots' must be a finite number"),
    ("former,,NaN", "bad = 'NaN' must be a finite number"),
])
def test_wrong_status_and_evidence(tmp_path: Path, cells: str, sentence: str) -> None:
    """Optional columns are as strictly read as the others."""
    header = HEADER.strip() + ",status,good,bad\n"
    path = written(tmp_path, header + "first,0.5,5,,,\na,0.5,5," + cells + "\n")
    assert mistakes(path) == [f"people.csv:3: {sentence}"]


@pytest.mark.parametrize(("header", "sentences"), [
    ("customer,encounters_per_perod,spend_per_encounter",
     ["unknown column 'encounters_per_perod'; did you mean 'encounters_per_period'?",
      "column 'encounters_per_period' is missing"]),
    ("customer,encounters_per_period,spend_per_encounter,colour",
     ["unknown column 'colour'; there are customer, encounters_per_period, spend_per_encounter, status, good, bad"]),
    ("customer,encounters_per_period,spend_per_encounter,good,good", ["column 'good' is named twice"]),
    ("customer,spend_per_encounter", ["column 'encounters_per_period' is missing"]),
    ("a,0.5,5",
     ["the first line must name the columns customer,encounters_per_period,spend_per_encounter (and may name status, "
      "good, bad), but reads 'a,0.5,5'"]),
    ("customer;encounters_per_period;spend_per_encounter",
     ["the first line must name the columns customer,encounters_per_period,spend_per_encounter separated by commas "
      "(and may name status, good, bad), but reads 'customer;encounters_per_period;spend_per_encounter'"]),
])
def test_a_wrong_header(tmp_path: Path, header: str, sentences: list[str]) -> None:
    """A header that is missing, misspelled or cut by semicolons is said so, and rows are then left alone."""
    path = written(tmp_path, header + "\nb,0.5,5\n")
    assert mistakes(path) == [f"people.csv:1: {sentence}" for sentence in sentences]


@pytest.mark.parametrize(("text", "sentence"), [
    (b"", "people.csv: is empty; its first line must read customer,encounters_per_period,spend_per_encounter"),
    (b"\n\n", "people.csv: is empty; its first line must read customer,encounters_per_period,spend_per_encounter"),
    (HEADER.encode(), "people.csv: has a header but no customers"),
    ((HEADER.strip() + ",status\na,0.5,5,former\nb,1,5,prospect\n").encode(),
     "people.csv: nobody in it has the status customer: there is nobody to lose"),
    (HEADER.encode() + "Zoë,0.5,5\n".encode("latin-1"),
     "people.csv:2: is not UTF-8 text; save the file as CSV in UTF-8"),
    ("\ufeff" + HEADER, "people.csv: has a header but no customers"),
    (HEADER.encode("utf-16"), "people.csv: is not a text file; give a CSV file in UTF-8"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "people.csv: is not a text file; give a CSV file in UTF-8"),
    (gzip.compress(HEADER.encode() * 9)[:-12],
     "people.csv: cannot be unpacked as gzip: Compressed file ended before the end-of-stream marker was reached"),
])
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    """Empty, without customers, in another encoding, not text, broken: one sentence."""
    assert mistakes(written(tmp_path, text)) == [sentence]


def test_a_name_that_lies(tmp_path: Path) -> None:
    """A file called .gz that is none, a file that is missing and a folder are each one sentence."""
    fake = tmp_path / "people.csv.gz"
    fake.write_text(HEADER, encoding="utf-8")
    assert mistakes(fake) == ["people.csv.gz: cannot be unpacked as gzip: Not a gzipped file (b'cu')"]
    assert mistakes(tmp_path / "none.csv") == ["none.csv: cannot be read: No such file or directory"]
    (tmp_path / "folder.csv").mkdir()
    assert mistakes(tmp_path / "folder.csv")[0].startswith("folder.csv: cannot be read: ")


@pytest.mark.parametrize(("text", "sentence"), [
    ("source,target\na,b\na\n", "people.csv:3: has 1 value; a tie has two ends"),
    ("source,target\na,b\na,b,3\n", "people.csv:3: has 3 values; a tie has two ends"),
    ("source,target\na,b\na,\n", "people.csv:3: an end of the tie is missing"),
    ("source,target\na,b\n,b\n", "people.csv:3: an end of the tie is missing"),
    ("source,target\na,b\nb,b\n", "people.csv:3: ties 'b' to themselves"),
    ("source,target,weight\na,b,1\n", "people.csv:1: has 3 columns; a network has two, separated by a comma: the ends "
                                      "of a tie"),
    ("0 1\n0 2\n", "people.csv:1: has 1 column; a network has two, separated by a comma: the ends of a tie"),
    ("0,1\n2,3\n", "people.csv:1: reads like a tie; the first line must name two columns, such as source,target"),
    ("a,b\nc,b\n", "people.csv:1: reads like a tie; the first line must name two columns, such as source,target"),
    ("source,target\n", "people.csv: has a header but no ties"),
    ("", "people.csv: is empty; its first line must name two columns, such as source,target"),
])
def test_a_wrong_network(tmp_path: Path, text: str, sentence: str) -> None:
    """A tie without an end, to oneself, with a weight or without a header is said so."""
    assert mistakes(None, written(tmp_path, text)) == [sentence]


def test_a_network_of_other_people(tmp_path: Path) -> None:
    """Ids that never meet are a misspelling, not a market in which nobody knows a customer."""
    people = written(tmp_path, HEADER + "007,0.5,5\n")
    network = written(tmp_path, "source,target\n7,8\n", "ties.csv")
    assert mistakes(people, network) == [
        "ties.csv: names nobody of people.csv; are the customers spelled alike in both?"]


def test_all_mistakes_at_once_but_no_flood(tmp_path: Path) -> None:
    """Mistakes of both files come together; after twenty only their number."""
    people = written(tmp_path, HEADER + "a,-2,0\n")
    network = written(tmp_path, "source,target\nb,b\n", "ties.csv")
    assert [sentence.partition(": ")[0] for sentence in mistakes(people, network)] == [
        "people.csv:2", "people.csv:2", "ties.csv:2"]
    flood = mistakes(written(tmp_path, HEADER + "".join(f"c{k},-2,5\n" for k in range(1000))))
    assert len(flood) == 21
    assert flood[-1] == "and 980 more mistakes"
    assert flood[19].startswith("people.csv:21: ")


@pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside this repository")
def test_real_people(tmp_path: Path) -> None:
    """A music shop's 23,570 buyers and 4,039 people's 88,234 friendships are read in less than a second."""
    people = tmp_path / "cdnow.csv"
    with (gzip.open(DATA / "cdnow_customers.csv.gz", "rt", encoding="utf-8") as source,
          people.open("w", encoding="utf-8") as target):
        target.write(HEADER)
        for row in csv.DictReader(source):
            # the mean of a customer's rate in a Gamma-Poisson model, per week, fitted to these very customers
            rate = (0.252 + int(row["x"])) / (4.79 + float(row["T"]))
            spend = float(row["usd_total"]) / (1 + int(row["x"]))
            target.write(f"{row['customer']},{rate},{max(spend, 0.01)}\n")
    start = time.perf_counter()
    market = load_market(people, DATA / "facebook_edges.csv.gz")
    network = load_market(None, DATA / "facebook_edges.csv.gz")
    assert time.perf_counter() - start < 5
    assert market is not None and market.rate is not None and market.edges is not None
    assert len(market.rate) == 23_570 and len(market.ids) == 23_571
    assert 0.01 < market.rate.mean() < 0.05
    assert default_people(market, 0.5) == 47_140
    assert network is not None and network.edges is not None
    assert len(network.ids) == 4_039 and len(network.edges) == 88_234
    degrees = np.bincount(network.edges.ravel())
    assert degrees.mean() == pytest.approx(43.7, abs=0.05)
    assert degrees.max() == 1045
    assert np.median(degrees) == 25
