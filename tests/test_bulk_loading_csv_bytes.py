"""What is seen of a CSV file from its bytes: the same as one expression over all of it says."""

import re
from itertools import product

import pytest

from policyengine.bulk.loading import csv_bytes
from policyengine.bulk.loading.csv_bytes import has_bare_return, has_space_by_quote, is_plain

MARK = "\x01\x02"


def beside(held: bytes, delimiter: bytes) -> bool:
    """A space between a quote and the edge of a cell, as a regular expression has it."""
    mark = re.escape(delimiter)
    test = rb'"[ \t]+(?:%b|\r|\n|\Z)|(?:\A|[\r\n]|%b)[ \t]+"' % (mark, mark)
    return re.search(test, held) is not None


@pytest.mark.parametrize("delimiter", [b",", b"\t", b";"])
@pytest.mark.parametrize("many", [1, 3, 1 << 22])
def test_a_space_by_a_quote_is_found_wherever_it_stands(
    monkeypatch: pytest.MonkeyPatch, delimiter: bytes, many: int
) -> None:
    monkeypatch.setattr(csv_bytes, "_MANY", many)
    letters = [b'"', b" ", b"\t", delimiter, b"\n", b"a"]
    found = 0
    for several in product(letters, repeat=5):
        held = b"".join(several)
        expected = beside(held, delimiter)
        assert has_space_by_quote(held, delimiter) is expected, held
        found += expected
    assert found > 100
    for held in (b'a,b\n1,"x" \r\n', b'a,"b', b'"', b' "', b'" ', b'a "b" c,""" d"', b'a,\t \t"b"'):
        assert has_space_by_quote(held, b",") is beside(held, b","), held


@pytest.mark.parametrize("many", [1, 2, 1 << 22])
def test_lines_that_end_in_two_ways_are_found(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(csv_bytes, "_MANY", many)
    for several in product([b"\r", b"\n", b"\r\n", b"a"], repeat=4):
        held = b"".join(several)
        if b"\r" in held:
            expected = re.search(rb"\r(?!\n)|(?<!\r)\n", held) is not None
            assert has_bare_return(held) is expected, held


@pytest.mark.parametrize(
    ("held", "plain"),
    [
        (b"case_id,a\nA,1\n", True),
        ("case_id,a\nA,caf\u00e9\n".encode(), True),
        (b'case_id,a\r\nA,"1, 2"\r\n', True),
        (b'case_id,a\nA,"she said ""no"" to it"\n', True),
        (b"", False),
        (b"\ncase_id\n", False),
        (b"case_id,a\nA,\0\n", False),
        (b"case_id,a\nA,\x01 \x02\n", True),
        (b"case_id,a\nA,\x01\x02\n", False),
        (b"case_id,a\nA,\xff\n", False),
        (b"case_id,a\nA,caf\xc3", False),
        (b"case_id,a\r\nA,1\n", False),
        (b"case_id,a\nA,1\r", False),
        (b'case_id,a\nA, "1"\n', False),
        (b'case_id,a\nA,"1" ', False),
    ],
)
def test_what_both_readers_split_alike(tmp_path, held: bytes, plain: bool) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(held)
    assert is_plain(path, ",", MARK) is plain
    assert not is_plain(path, "\u2014", MARK)
