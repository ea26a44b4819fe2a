"""What an editor asks, each request answered by the file that knows. A place in a file that cannot
be read has no answer."""

from typing import Protocol

from lsprotocol import types

from policyengine.lsp import actions, hints, layout, lenses, navigation, outline
from policyengine.lsp.completion import completions
from policyengine.lsp.desk import Bench, Desk
from policyengine.lsp.hover import hover
from policyengine.lsp.places import offset_of, range_of, span_of
from policyengine.lsp.rule_set import Document
from policyengine.lsp.uris import path_of
from policyengine.source import SourceFile


class _About(Protocol):
    """A request about a file."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier: ...


class _At(_About, Protocol):
    """A request about a place in a file."""

    @property
    def position(self) -> types.Position: ...


class Requests:
    """Answers from a desk. `snippets`: whether completion may hold places to fill in; `say` shows
    a sentence to the author."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.snippets = False
        self.told: list[types.ShowMessageParams] = []

    def _say(self, kind: types.MessageType, message: str) -> None:
        self.told.append(types.ShowMessageParams(kind, message))

    def _read(self, uri: str) -> tuple[Bench, str, Document | None]:
        """A file's bench, its path, and the file as it stands now."""
        path = path_of(uri)
        bench = self.desk.bench(path)
        return bench, path, bench.rule_set.check().documents.get(path)

    def _at(self, params: _At) -> tuple[Bench, str, SourceFile, int] | None:
        bench, path, doc = self._read(params.text_document.uri)
        if doc is None or doc.source is None:
            return None
        return bench, path, doc.source, offset_of(doc.source, params.position)

    # --- reading --------------------------------------------------------------------------------

    def hover(self, params: types.HoverParams) -> types.Hover | None:
        """What stands under the pointer, in plain English."""
        if (at := self._at(params)) is None:
            return None
        bench, path, _, offset = at
        return hover(bench.rule_set, bench.meanings, path, offset)

    def completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        """What could be written here."""
        if (at := self._at(params)) is None:
            return None
        bench, _, source, offset = at
        items = completions(source, offset, bench.rule_set.check(), snippets=self.snippets)
        return types.CompletionList(is_incomplete=False, items=items)

    def document_symbol(
        self, params: types.DocumentSymbolParams
    ) -> list[types.DocumentSymbol] | None:
        """The outline of a file."""
        _, _, doc = self._read(params.text_document.uri)
        tree = None if doc is None else doc.as_far_as_read
        return None if tree is None else outline.document_symbols(tree)

    def workspace_symbol(self, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        """Names of all the rule sets that are open."""
        return [
            each
            for bench in self.desk.benches.values()
            for each in outline.workspace_symbols(bench.rule_set, params.query)
        ]

    def inlay_hint(self, params: types.InlayHintParams) -> list[types.InlayHint] | None:
        """Days worked out."""
        bench, path, doc = self._read(params.text_document.uri)
        if doc is None or doc.source is None:
            return None
        within = span_of(doc.source, params.range)
        return list(hints.inlay_hints(bench.rule_set, bench.meanings, bench.verdicts, path, within))

    # --- names ----------------------------------------------------------------------------------

    def definition(self, params: types.DefinitionParams) -> list[types.Location] | None:
        """Where a name is made."""
        at = self._at(params)
        return None if at is None else navigation.definition(at[0].rule_set, at[1], at[3])

    def references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        """Everywhere that a name stands."""
        if (at := self._at(params)) is None:
            return None
        makers = params.context.include_declaration
        return navigation.references(at[0].rule_set, at[1], at[3], makers=makers)

    def document_highlight(
        self, params: types.DocumentHighlightParams
    ) -> list[types.DocumentHighlight] | None:
        """Everywhere that a name stands in its file."""
        at = self._at(params)
        return None if at is None else navigation.highlights(at[0].rule_set, at[1], at[3])

    def prepare_rename(
        self, params: types.PrepareRenameParams
    ) -> types.PrepareRenamePlaceholder | None:
        """The name that would be changed; None if it is not the rule files' to change."""
        at = self._at(params)
        name = None if at is None else navigation.renamable(at[0].rule_set, at[1], at[3])
        if name is None:
            return None
        return types.PrepareRenamePlaceholder(range_of(name.span), name.span.text)

    def rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        """Another name, everywhere in the rule set; or a word on why not."""
        if (at := self._at(params)) is None:
            return None
        try:
            changes = navigation.rename(at[0].rule_set, at[1], at[3], params.new_name)
        except navigation.RenameError as why:
            self._say(types.MessageType.Warning, f"Not renamed: {why}.")
            return None
        return types.WorkspaceEdit(changes=changes)

    # --- changes --------------------------------------------------------------------------------

    def formatting(self, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        """The file laid out; None where it has mistakes."""
        _, _, doc = self._read(params.text_document.uri)
        if doc is None or doc.source is None:
            return None
        return layout.layout_edits(doc.source, doc.text)

    def code_action(self, params: types.CodeActionParams) -> list[types.CodeAction] | None:
        """Mends."""
        bench, path, doc = self._read(params.text_document.uri)
        if doc is None or doc.source is None:
            return None
        within = span_of(doc.source, params.range)
        return actions.actions(doc.tree, bench.notes(path), within)

    # --- examples -------------------------------------------------------------------------------

    def code_lens(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        """What the examples come to, above each rule and example."""
        bench, path, _ = self._read(params.text_document.uri)
        return list(lenses.lenses(bench.rule_set, bench.verdicts, path))

    def run_examples(
        self, uri: str, rule: str | None = None, line: int | None = None
    ) -> list[dict[str, object]]:
        """The examples of a file run: all of them, a rule's, or the one on a line (from 0)."""
        bench, path, _ = self._read(uri)
        checked = bench.rule_set.check()
        if checked.plan is None:
            told = "The rules do not check: mend the mistakes, then run the examples."
            self._say(types.MessageType.Warning, told)
            return []
        outcomes = bench.verdicts.of_file(checked, path, rule)
        if line is not None:
            outcomes = [each for each in outcomes if each.example.span.line == line + 1]
        failed = any(not each.result.passed for each in outcomes)
        kind = types.MessageType.Warning if failed else types.MessageType.Info
        self._say(kind, lenses.said(outcomes, rule))
        return [lenses.as_json(each) for each in outcomes]
