"""What a keystroke costs in a workspace of two hundred rules: CPU from the edit to the messages.

    python benchmarks/editor.py [--rules 200] [--keys 40]

The workspace is the shipped rules, and copies of them under other ids until there are enough. Keys
are struck in the largest file, in a middling one, and in a setting that rules of other files use;
each is followed by what an editor asks next. Prints the median and the worst of each, in
milliseconds of CPU, beside a check from nothing.
"""

import argparse
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import process_time

from pygls.protocol import default_converter

from policyengine.lsp import tidying
from policyengine.lsp.completion import completions
from policyengine.lsp.desk import Bench
from policyengine.lsp.hints import inlay_hints
from policyengine.lsp.hover import hover
from policyengine.lsp.lenses import lenses
from policyengine.lsp.rule_set import RuleSet
from policyengine.shipped import shipped
from policyengine.source import Span
from policyengine.syntax import find_rule_files, parse_file, read_source
from policyengine.syntax.tree import Example, Header, RuleItem

CLAUSE = "\n  unless there is a hospital_stay as stay where (stay.admitted_at is recorded)"
BUDGET = 150
"""Milliseconds from a keystroke to the messages that an author still takes for at once."""


def workspace(folder: Path, rules: int) -> list[Path]:
    """The shipped rules in a folder, and copies until there are so many; the files."""
    paths = find_rule_files([str(shipped("rules"))])[0]
    made, count = [], 0
    for path in paths:
        source = read_source(path)[0]
        assert source is not None
        file = folder / Path(path).name
        file.write_text(source.shown, "utf-8")
        made.append(file)
        count += sum(isinstance(item, RuleItem) for item in parse_file(source)[0].items)
    for path in paths:
        if count >= rules:
            break
        source = read_source(path)[0]
        assert source is not None
        items = [
            i for i in parse_file(source)[0].items if isinstance(i, Header | RuleItem | Example)
        ]
        text = "\n\n".join(item.span.text for item in items)
        ids = {item.id.text for item in items if isinstance(item, RuleItem)}
        for rule in sorted(ids):
            text = re.sub(rf"(?<![\w-]){rule}(?![\w-])", f"{rule}-COPY", text)
        file = folder / f"copy_of_{Path(path).name.partition('.')[0]}.policy"
        file.write_text(text + "\n", "utf-8")
        made.append(file)
        count += len(ids)
    print(f"{count} rules in {len(made)} files")
    return made


class Author:
    """Types into files, and reckons what that costs."""

    def __init__(self, folder: Path) -> None:
        self.texts: dict[str, str] = {}
        schema = shipped("rules") / "schema.yaml"
        self.bench = Bench(RuleSet([str(folder)], self.texts.get, schema))
        self.converter = default_converter()
        self.told = 0

    def key(self, path: str, text: str) -> float:
        """Milliseconds from a file's new text to the messages as they are sent."""
        before = process_time()
        self.texts[path] = text
        self.bench.rule_set.edited()
        for _, several in self.bench.news(path):
            self.told += len(self.converter.unstructure(several))
        return (process_time() - before) * 1000

    def whole(self) -> float:
        """Milliseconds to look at everything, once the keys are still."""
        return timed(lambda: list(self.bench.news()))


def timed(do: Callable[[], object]) -> float:
    """Milliseconds of CPU."""
    before = process_time()
    do()
    return (process_time() - before) * 1000


def keys(text: str, at: int, typed: str, most: int) -> Iterator[str]:
    """The text of a file as words are typed into it, a character at a time."""
    for count in range(1, min(len(typed), most) + 1):
        yield text[:at] + typed[:count] + text[at:]


def said(what: str, costs: list[float]) -> None:
    """One line of the table."""
    worst = max(costs)
    mark = f"   more than {BUDGET}" if what.startswith("a key") and worst > BUDGET else ""
    print(f"{what:<58}{median(costs):>8.0f}{worst:>8.0f}{mark}")


def main() -> None:
    """Builds the workspace, types, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--keys", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        files = workspace(Path(name), args.rules)
        author = Author(Path(name))
        print(f"{'CPU in ms':<58}{'median':>8}{'worst':>8}")
        tidying.begin()
        said("the first check, from nothing", [author.whole()])
        tidying.keep()
        by_size = sorted(files, key=lambda file: file.stat().st_size)
        for file in (by_size[-1], by_size[len(by_size) // 2]):
            typing(author, file, args.keys)
        setting(author, next(f for f in files if f.name == "rights.policy"))
        said("all remarks on all files, once the keys are still", [author.whole()])


def typing(author: Author, file: Path, most: int) -> None:
    """A clause typed into a rule; then what an editor asks at its end."""
    text, path = file.read_text("utf-8"), str(file)
    rule = text.rindex("\nrule ")
    at = text.index("\n  for each", rule)
    lines = text.count("\n")
    author.key(path, text)
    costs = [author.key(path, each) for each in keys(text, at, CLAUSE, most)]
    said(f"a key in {file.name} ({lines} lines), half a clause", costs)
    sentence = text.index('"', text.index("\n  source ", rule)) + 1
    costs = [author.key(path, each) for each in keys(text, sentence, "Code of Practice", most)]
    said(f"a key in {file.name}, the rule whole", costs)
    author.key(path, text)
    asks(author, path, at)
    said("  tidying up, once the keys are still", [timed(tidying.tidy)])


def asks(author: Author, path: str, at: int) -> None:
    """What an editor asks after a key."""
    bench, rule_set = author.bench, author.bench.rule_set
    checked = rule_set.check()
    source = checked.documents[path].source
    assert source is not None
    near = Span(source, at, min(len(source.text), at + 3000))
    said("  completion", [timed(lambda: completions(source, at, checked, snippets=True))])
    said("  hover", [timed(lambda: hover(rule_set, bench.meanings, path, at + 12))])
    said(
        "  days worked out on a screen",
        [timed(lambda: list(inlay_hints(rule_set, bench.meanings, bench.verdicts, path, near)))],
    )
    said(
        "  the verdicts of every example of the file",
        [timed(lambda: list(lenses(rule_set, bench.verdicts, path)))],
    )


def setting(author: Author, file: Path) -> None:
    """A setting's number changed: the rules of other files that use it are looked at again."""
    text, path = file.read_text("utf-8"), str(file)
    found = re.search(r"^setting \w+ is (\d+)", text, re.MULTILINE)
    assert found is not None
    author.key(path, text)
    costs = []
    for number in range(2, 8):
        changed = text[: found.start(1)] + str(number) + text[found.end(1) :]
        costs.append(author.key(path, changed))
    said(f"a key in a setting of {file.name}", costs)
    author.key(path, text)


if __name__ == "__main__":
    main()
