"""check --fix: safe, said, written whole or not at all; nothing but what it says is changed."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from policyengine.commands.main import main
from policyengine.policy.load import load_rules
from policyengine.readback import Reader
from policyengine.source import SourceFile
from policyengine.syntax.files import read_source
from policyengine.tooling.fmt import format_source
from policyengine.tooling.mending import mended

HERE = Path(__file__).parent
MENDED = ("LNT006", "LNT007", "LNT008", "LNT015")
EXAMPLES = """
example "urgent" for R-01 as at 2026-02-01
  given order: made_on 2026-01-01, urgent yes
  expect met

example "not urgent" for R-01 as at 2026-02-01
  given order: made_on 2026-01-01, urgent no
  expect breached
"""
RULE = """
rule R-01 "An order is urgent"
  source "Trust policy on orders"
  for each order
  must show order.urgent
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(HERE / "rejected" / "schema.yaml", tmp_path)
    return tmp_path


def put(folder: Path, text: str, name: str = "a.policy") -> Path:
    file = folder / name
    file.write_bytes(text.encode())
    return file


def fix(*paths: Path) -> int:
    return main(["check", "--fix", *map(str, paths)])


def remarks(path: Path) -> list[str]:
    from policyengine.tooling.lint import lint

    loaded = load_rules([str(path)])
    assert loaded.plan is not None
    return [note.code for note in lint(loaded.plan, loaded.files)]


@pytest.mark.parametrize("code", MENDED)
def test_what_has_a_safe_mend_is_mended_and_laid_out_and_stays_so(
    code: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / f"{code}.policy"
    shutil.copy(HERE / "rejected" / f"{code}.policy", file)
    assert fix(file) == 0
    assert f"{code} " in capsys.readouterr().err
    assert remarks(file) == []
    once = file.read_bytes()
    source, _ = read_source(str(file))
    assert source is not None
    assert not format_source(source).changed
    assert fix(file) == 0
    assert "0 mended" in capsys.readouterr().err
    assert file.read_bytes() == once
    assert main(["test", str(file)]) == 0


def test_the_others_are_left_to_their_authors(folder: Path) -> None:
    for path in sorted((HERE / "rejected").glob("LNT*.policy")):
        if path.stem not in MENDED:
            file = folder / path.name
            shutil.copy(path, file)
            before = file.read_bytes()
            assert fix(file) == 0
            assert file.read_bytes() == before, path.stem


def test_what_is_taken_out_changes_no_rule(folder: Path) -> None:
    text = 'policy "T"\n\nsetting w is 7 days "A local number."\n\n'
    text += "define order.long as length is at least 28\n\ndefine order.longer as long\n"
    text += RULE.replace("  must", "  let due be order.made_on + w\n  must") + EXAMPLES
    file = put(folder, text)
    before = load_rules([str(file)]).plan
    assert before is not None
    assert fix(file) == 0
    after = load_rules([str(file)]).plan
    assert after is not None
    # One thing after another: the setting is unused only once the `let` is out.
    assert file.read_text("utf-8") == 'policy "T"\n' + RULE + EXAMPLES
    told = [Reader(plan).sentences(plan.rules[0]) for plan in (before, after)]
    sections = [[s for s in back.sections if s.key not in ("lets", "settings")] for back in told]
    assert sections[0] == sections[1]


def test_what_an_author_allows_or_speaks_of_in_a_comment_stays(folder: Path) -> None:
    allowed = "# allow LNT006 because another Trust uses it\nsetting w is 7 days\n"
    beside = "setting v is 8 days  # see the minutes\n"
    above = "# as the committee decided\nsetting u is 9 days\n"
    inside = "define order.long as\n  # four weeks\n  length is at least 28\n"
    text = f'policy "T"\n\n{allowed}\n{beside}\n{above}\n{inside}{RULE}{EXAMPLES}'
    file = put(folder, text)
    assert fix(file) == 0
    assert file.read_text("utf-8") == text


def test_a_file_that_was_not_laid_out_keeps_its_layout(folder: Path) -> None:
    text = f'policy "T"\nsetting w is 7 days\n{RULE.replace("  for each", "      for   each")}{EXAMPLES}'
    file = put(folder, text)
    assert fix(file) == 0
    assert file.read_text("utf-8") == text.replace("setting w is 7 days\n\n", "")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_mark_at_the_start_stay(mark: bytes, folder: Path) -> None:
    text = f'policy "T"\n\nsetting w is 7 days\n{RULE}{EXAMPLES}'
    file = folder / "a.policy"
    file.write_bytes(mark + text.replace("\n", "\r\n").encode())
    assert fix(file) == 0
    wanted = f'policy "T"\n{RULE}{EXAMPLES}'.replace("\n", "\r\n").encode()
    found = file.read_bytes()
    assert found.startswith(mark)
    assert found.removeprefix(mark).replace(b"\r\n\r\n", b"\r\n") == wanted.replace(
        b"\r\n\r\n", b"\r\n"
    )
    assert b"\r\r" not in found
    assert found.count(b"\r\n") == found.count(b"\n")


def test_line_ends_of_two_sorts_are_left_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = f'policy "T"\r\n\nsetting w is 7 days\n{RULE}{EXAMPLES}'.encode()
    file = folder / "a.policy"
    file.write_bytes(data)
    assert fix(file) == 3
    assert "two sorts" in capsys.readouterr().err
    assert file.read_bytes() == data


def test_a_page_keeps_its_prose(folder: Path) -> None:
    text = f'# Orders\n\nsetting w is prose here\n\n```policy\npolicy "T"\n\nsetting w is 7 days\n{RULE}{EXAMPLES}```\n\nThe end.\n'
    file = put(folder, text, "a.policy.md")
    assert fix(file) == 0
    assert file.read_text("utf-8") == text.replace("setting w is 7 days\n\n", "")


def test_several_files_are_mended_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = put(folder, f'policy "T"\n\nsetting w is 7 days\n{RULE}{EXAMPLES}')
    other = put(
        folder,
        'policy "U"\n\nsetting v is 7 days\n' + (RULE + EXAMPLES).replace("R-01", "R-02"),
        "b.policy",
    )
    assert fix(folder) == 0
    said = capsys.readouterr().err
    assert "2 mended in 2 files" in said
    assert f"{one}:3: LNT006" in said
    assert f"{other}:3: LNT006" in said


def test_a_mistake_with_one_sure_mend_is_mended(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'policy "T"\n{RULE}{EXAMPLES}'.replace(
        "must show order.urgent", "must show order.urgent or order.made_on is order.ended_on"
    )
    file = put(folder, text)
    assert fix(file) == 0
    assert "TYP004 `is` is now `is on`" in capsys.readouterr().err
    assert "order.made_on is on order.ended_on" in file.read_text("utf-8")


def test_a_mistake_without_one_is_told_and_nothing_is_written(folder: Path) -> None:
    text = f'policy "T"\n\nsetting w is 7 days\n{RULE}  must show nothing\n'
    file = put(folder, text)
    assert fix(file) == 3
    assert file.read_text("utf-8") == text


def test_no_change_is_made_that_brings_a_mistake() -> None:
    """A mend that would not do is not made: the file is looked at again before it counts."""
    loaded = load_rules([str(HERE / "rejected" / "LNT015.policy")])
    assert loaded.schema is not None
    (file,) = mended(loaded.files, loaded.schema)
    assert file.text != file.source.shown
    again = format_source(SourceFile("a.policy", file.text))
    assert not again.changed


def test_files_have_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix"]) == 2
    assert main(["check", "--fix", "-"]) == 2
    assert "have to be named" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("policyengine.report.atomic_write.write_whole", full)
    file = put(folder, f'policy "T"\n\nsetting w is 7 days\n{RULE}{EXAMPLES}')
    before = file.read_bytes()
    assert fix(file) == 3
    assert "cannot be written" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_files_rights_stay(folder: Path) -> None:
    file = put(folder, f'policy "T"\n\nsetting w is 7 days\n{RULE}{EXAMPLES}')
    file.chmod(0o640)
    assert fix(file) == 0
    assert file.stat().st_mode & 0o777 == 0o640
