"""Rule files on disk: what is found, what is read, and what is refused (FIL001 to FIL004)."""

import io
import os
import sys
from pathlib import Path

import pytest

from policyengine.diagnostics import Diagnostic
from policyengine.syntax import find_rule_files, parse_file, read_source

SMALL = 'policy "P"\n'


def refused(path: Path) -> Diagnostic:
    source, faults = read_source(str(path))
    assert source is None
    return faults[0]


def written(tmp_path: Path, data: bytes, name: str = "a.policy") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


# --- reading -------------------------------------------------------------------------------------


def test_a_mark_at_the_start_is_skipped(tmp_path: Path) -> None:
    source, faults = read_source(str(written(tmp_path, b"\xef\xbb\xbf" + SMALL.encode())))
    assert source is not None and faults == []
    assert source.text == SMALL


def test_line_ends_of_windows_keep_lines_and_columns(tmp_path: Path) -> None:
    data = b'policy "P"\r\n\r\nrule r-1 "t"\r\n'
    source, _ = read_source(str(written(tmp_path, data)))
    assert source is not None
    (fault,) = parse_file(source)[1]
    assert fault.span is not None and (fault.span.line, fault.span.column) == (3, 6)


@pytest.mark.parametrize(
    ("data", "line", "byte", "mend"),
    [
        (b'policy "P"\nsource "caf\xe9"', 2, "0xE9", "UTF-8"),
        (b'policy "\x93P\x94"', 1, "0x93", "cp1252"),
        ('policy "P"'.encode("utf-16"), 1, "0xFF", "UTF-16"),
        (b"\xef\xbb\xbf\n\n\xff", 3, "0xFF", "UTF-8"),
        (b"\xc3", 1, "0xC3", "UTF-8"),
        (b"\xed\xa0\x80", 1, "0xED", "UTF-8"),
    ],
)
def test_not_utf8(tmp_path: Path, data: bytes, line: int, byte: str, mend: str) -> None:
    fault = refused(written(tmp_path, data))
    assert fault.code == "SYN022"
    assert fault.span is not None and fault.span.line == line
    assert byte in fault.found and mend in fault.hints[0]


@pytest.mark.parametrize("size", [1024 * 1024 - 1, 1024 * 1024])
def test_a_mebibyte_is_read(tmp_path: Path, size: int) -> None:
    data = SMALL.encode() + b"#" * (size - len(SMALL))
    source, faults = read_source(str(written(tmp_path, data)))
    assert source is not None and faults == []
    assert parse_file(source)[1] == []


def test_a_byte_more_is_not(tmp_path: Path) -> None:
    """FIL004"""
    fault = refused(written(tmp_path, b"#" * (1024 * 1024 + 1)))
    assert fault.code == "FIL004"
    assert "a.policy" in fault.message


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\x0b", "\x0c"])
@pytest.mark.parametrize("place", ['policy "{}"', 'policy "P" # {}', 'policy "P" {}'])
def test_control_characters(tmp_path: Path, char: str, place: str) -> None:
    fault = refused(written(tmp_path, ("\n" + place.format(char)).encode()))
    assert fault.code == "SYN023"
    assert fault.span is not None and fault.span.line == 2 and fault.span.text == char


def test_a_lone_return_is_a_control_character(tmp_path: Path) -> None:
    assert refused(written(tmp_path, b'policy\r"P"')).code == "SYN023"


@pytest.mark.parametrize(
    "char",
    ["\u200b", "\u200d", "\u202a", "\u202e", "\u2066", "\u2069", "\u061c", "\ufeff", "\u00ad",
     "\u2028", "\U000e0041", "\u3164", "\u200e"],
)  # fmt: skip
@pytest.mark.parametrize("place", ['policy "{}"', 'policy "P" # {}', 'po{}licy "P"'])
def test_invisible_characters(tmp_path: Path, char: str, place: str) -> None:
    fault = refused(written(tmp_path, place.format(char).encode()))
    assert fault.code == "SYN024"
    assert f"U+{ord(char):04X}" in fault.found


def test_they_are_refused_in_prose_too(tmp_path: Path) -> None:
    data = f"prose \u202e\n```policy\n{SMALL}```\n".encode()
    assert refused(written(tmp_path, data, "a.policy.md")).code == "SYN024"


def test_letters_of_every_script_are_text(tmp_path: Path) -> None:
    data = 'policy "Iechyd meddwl: tŷ, 漢字, é, e\u0301, ✓"\n'.encode()
    source, faults = read_source(str(written(tmp_path, data)))
    assert source is not None and faults == [] and parse_file(source)[1] == []


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SMALL.encode())))
    source, faults = read_source("-")
    assert source is not None and faults == []
    assert source.name == "<standard input>"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, SMALL.encode())
    path.chmod(0)
    assert refused(path).code == "FIL003"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """FIL003"""
    assert refused(tmp_path).code == "FIL003"


# --- Markdown ------------------------------------------------------------------------------------

HOST = """\
# Our policy

Prose with `rule X-01` and "quotes (.

```policy
policy "P"
```

```policy rejected
rule wrong
```

```yaml
a: 1
```

~~~policy
setting a is 1
~~~

   ```policy
   setting b is seven
   ```
````policy
setting c is 1
```
````
"""


def test_only_policy_blocks_are_read_and_lines_stay(tmp_path: Path) -> None:
    source, faults = read_source(str(written(tmp_path, HOST.encode(), "a.policy.md")))
    assert source is not None and faults == []
    assert len(source.text) == len(source.shown) == len(HOST)
    assert source.text.count("\n") == HOST.count("\n")
    tree, faults = parse_file(source)
    told = [(fault.code, fault.span.line if fault.span else 0) for fault in faults]
    # The block in the fence of four holds three backquotes, which are no policy.
    assert told == [("SYN014", 22), ("SYN015", 26)]
    assert [item.span.line for item in tree.items] == [6, 18]
    assert source.line_text(3) == 'Prose with `rule X-01` and "quotes (.'


def test_a_block_that_is_never_closed(tmp_path: Path) -> None:
    data = f"text\n\n```policy\n{SMALL}"
    _, faults = read_source(str(written(tmp_path, data.encode(), "a.policy.md")))
    assert [fault.code for fault in faults] == ["SYN040"]
    assert faults[0].span is not None and faults[0].span.line == 3


def test_a_page_without_rules_is_an_empty_policy(tmp_path: Path) -> None:
    source, faults = read_source(str(written(tmp_path, b"# prose\n", "a.policy.md")))
    assert source is not None and faults == []
    assert parse_file(source)[0].items == ()


# --- finding -------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.policy", "a.policy.md", "sub/c.policy", "sub/.hidden.policy", ".git/d.policy"):
        path = tmp_path / "rules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SMALL)
    (tmp_path / "rules" / "notes.md").write_text("no rules")
    (tmp_path / "rules" / "schema.yaml").write_text("")
    return tmp_path / "rules"


def names(found: list[str], folder: Path) -> list[str]:
    return [str(Path(path).relative_to(folder)) for path in found]


def test_a_folder_is_searched_to_its_bottom_in_order(folder: Path) -> None:
    found, faults = find_rule_files([str(folder)])
    assert faults == []
    assert names(found, folder) == ["a.policy.md", "b.policy", "sub/c.policy"]


def test_a_file_that_is_given_twice_is_read_once(folder: Path) -> None:
    found, _ = find_rule_files([str(folder / "b.policy"), str(folder)])
    assert names(found, folder) == ["b.policy", "a.policy.md", "sub/c.policy"]


def test_links_that_lead_out_are_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.policy").write_text(SMALL)
    (folder / "link.policy").symlink_to(outside / "x.policy")
    (folder / "linked").symlink_to(outside)
    (folder / "within.policy").symlink_to(folder / "b.policy")
    (folder / "round").symlink_to(folder)
    found, _ = find_rule_files([str(folder)])
    assert "link.policy" not in names(found, folder)
    assert "within.policy" in names(found, folder)
    assert len(found) == 4


def test_a_path_that_is_not_there(folder: Path) -> None:
    """FIL001"""
    found, faults = find_rule_files([str(folder / "b.polcy"), str(folder / "b.policy")])
    assert names(found, folder) == ["b.policy"]
    (fault,) = faults
    assert fault.code == "FIL001"
    assert fault.hints == (f"did you mean `{folder / 'b.policy'}`?",)


def test_a_folder_that_is_not_there(folder: Path) -> None:
    _, (fault,) = find_rule_files([str(folder / "no" / "where" / "x.policy")])
    assert fault.code == "FIL001"
    assert "there is no folder" in fault.hints[0]


def test_a_folder_without_rules(tmp_path: Path) -> None:
    """FIL002"""
    _, (fault,) = find_rule_files([str(tmp_path)])
    assert fault.code == "FIL002"


def test_a_file_that_goes_away_between(folder: Path) -> None:
    (found, *_), _ = find_rule_files([str(folder)])
    Path(found).unlink()
    assert refused(Path(found)).code == "FIL001"
