"""Why a case was judged as it was, drawn as a tree: each clause with what decided it."""

from collections import Counter
from collections.abc import Iterable

from rich.console import RenderableType
from rich.padding import Padding
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from policyengine.evaluate.explain import Explanation, Node
from policyengine.findings.dates import counted, long_date
from policyengine.findings.sentences import Sentences
from policyengine.report.safe_text import safe_text
from policyengine.report.symbols import Symbols
from policyengine.values.verdict import Verdict

_FIRST = (
    Verdict.BREACHED,
    Verdict.CANNOT_TELL,
    Verdict.NOT_YET_DUE,
    Verdict.MET_LATE,
    Verdict.EXEMPT,
    Verdict.MET,
    Verdict.NOT_APPLICABLE,
)
_SHOWN = {
    "all": frozenset(Verdict),
    "open": frozenset(_FIRST[:5]),
    "breached": frozenset({Verdict.BREACHED}),
    "none": frozenset[Verdict](),
}
_STYLES = {
    Verdict.BREACHED: "bold red",
    Verdict.CANNOT_TELL: "bold magenta",
    Verdict.MET: "bold green",
}


def explanation_parts(
    case: str,
    as_at: str,
    explained: list[Explanation],
    sentences: Sentences,
    show: str,
    canvas: tuple[int, Symbols],
) -> Iterable[RenderableType]:
    """The explanations of a case: trees for the verdicts that are shown, a line for the others."""
    _, symbols = canvas
    yield Line(
        Text(f"Case {safe_text(case)}", style="bold"), align="left", style="default", characters="━"
    )
    yield Text(f"As at {long_date(as_at)}", style="bold")
    yield Text(_counts(explained, symbols), style="dim")
    ordered = sorted(explained, key=lambda each: _FIRST.index(each.finding.verdict))
    shown = [each for each in ordered if each.finding.verdict in _SHOWN[show]]
    for each in shown:
        yield from _explanation(each, sentences, symbols)
    rest = [each for each in ordered if each not in shown]
    if rest:
        yield Text()
        yield Line(Text("The rest", style="bold"), align="left", style="dim")
        yield _rest(rest, symbols)
        yield Text("--show all, or --rule, shows why", style="dim italic")


def _counts(explained: list[Explanation], symbols: Symbols) -> str:
    if not explained:
        return "no rule watches anything in this record"
    said = [counted(len(explained), "finding")]
    for verdict in _FIRST:
        number = sum(each.finding.verdict is verdict for each in explained)
        if number:
            said.append(f"{number:,} {verdict.words}")
    return symbols.dot.join(said)


def _explanation(
    each: Explanation, sentences: Sentences, symbols: Symbols
) -> Iterable[RenderableType]:
    finding, rule = each.finding, each.rule
    yield Text()
    head = Text(overflow="fold")
    head.append(
        f"{_mark(finding.verdict, symbols)} {finding.verdict.words.upper()} ",
        style=_STYLES.get(finding.verdict, "bold"),
    )
    head.append(f" {safe_text(rule.id)} {safe_text(rule.title)}", style="bold")
    yield head
    about = [safe_text(sentences.subject(finding))]
    late = sentences.late(finding)
    if late:
        about.append(late)
    about += [safe_text(source.text) for source in rule.sources[:1]]
    yield Padding(Text(symbols.dot.join(about), style="dim", overflow="fold"), (0, 0, 0, 2))
    yield Padding(Text(safe_text(sentences.sentence(finding)), overflow="fold"), (0, 0, 0, 2))
    yield Padding(_tree(each.root, symbols), (0, 0, 0, 2))
    if finding.fix:
        fix = Text("What to do: ", style="bold green").append(
            safe_text(finding.fix), style="not bold default"
        )
        yield Padding(fix, (0, 0, 0, 2))


def _tree(root: Node, symbols: Symbols) -> Tree:
    """The tree without its head, which stands above it already."""
    tree = Tree("", hide_root=True, guide_style="dim")
    for child in root.children:
        _grow(tree, child, symbols)
    return tree


def _grow(tree: Tree, node: Node, symbols: Symbols) -> None:
    """Depth is bounded: an expression nests 64 deep at most (S23)."""
    branch = tree.add(_label(node, symbols))
    for child in node.children:
        _grow(branch, child, symbols)


def _label(node: Node, symbols: Symbols) -> RenderableType:
    """The mark, and the words beside it however many lines they take."""
    shape, style = {
        "true": (symbols.met, "green"),
        "false": (symbols.breached, "red"),
        "unknown": (symbols.unknown, "magenta"),
        "value": ("=", "default"),
        "note": (symbols.bullet, "dim"),
    }[node.mark]
    words = Text(safe_text(node.text), overflow="fold")
    if node.value:
        words.append(f"  {symbols.arrow} {safe_text(node.value)}", style="bold")
    label = Table.grid(padding=(0, 1, 0, 0))
    label.add_column(width=1)
    label.add_column(overflow="fold")
    label.add_row(Text(shape, style=style), words)
    return label


def _mark(verdict: Verdict, symbols: Symbols) -> str:
    match verdict:
        case Verdict.BREACHED:
            return symbols.breached
        case Verdict.CANNOT_TELL:
            return symbols.unknown
        case Verdict.MET | Verdict.MET_LATE:
            return symbols.met
        case _:
            return symbols.bullet


def _rest(rest: list[Explanation], symbols: Symbols) -> RenderableType:
    """A line for each rule and verdict."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    counts = Counter((each.finding.verdict, each.rule.id, each.rule.title) for each in rest)
    for (verdict, rule, title), number in counts.items():
        times = f" ({number:,})" if number > 1 else ""
        grid.add_row(
            Text(f"{_mark(verdict, symbols)} {verdict.words}"),
            Text(safe_text(rule), style="bold"),
            Text(safe_text(title)).append(times, style="dim"),
        )
    return grid
