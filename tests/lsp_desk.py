"""A real client of the language server: it starts `trustpolicy lsp` and speaks to it over stdio."""

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.uris import from_fs_path

T = TypeVar("T")
PATIENCE = 30
"""Seconds for an answer; a machine may be busy, and none takes one."""


class Editor:
    """What an editor does, one thing after another. `told` are the messages by file, as shown."""

    def __init__(self, folder: Path, *flags: str, **options: Any) -> None:
        self.folder, self.flags, self.options = folder, flags, options
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("tests", "1")
        self.told: dict[str, list[types.Diagnostic]] = {}
        self.published = 0
        self.shown: list[str] = []
        self.refreshed: set[str] = set()
        self.watched: list[types.Registration] = []
        self._versions: dict[str, int] = {}
        self._texts: dict[str, str] = {}
        self._listen()

    def _listen(self) -> None:
        feature = self.client.feature

        @feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.published += 1
            self.told[params.uri] = list(params.diagnostics)

        @feature(types.WINDOW_SHOW_MESSAGE)
        def show(params: types.ShowMessageParams) -> None:
            self.shown.append(params.message)

        @feature(types.WORKSPACE_CODE_LENS_REFRESH)
        def lenses(*_: Any) -> None:
            self.refreshed.add("lens")

        @feature(types.WORKSPACE_INLAY_HINT_REFRESH)
        def hints(*_: Any) -> None:
            self.refreshed.add("hint")

        @feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params: types.RegistrationParams) -> None:
            self.watched += params.registrations

    def __enter__(self) -> "Editor":
        self.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        self.run(self.client.stop())
        self.loop.close()

    async def _start(self) -> None:
        words = ["-m", "policyengine", "lsp", "--stdio", *self.flags]
        await self.client.start_io(sys.executable, *words)
        refresh = types.CodeLensWorkspaceClientCapabilities(refresh_support=True)
        hints = types.InlayHintWorkspaceClientCapabilities(refresh_support=True)
        watch = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        snippets = types.ClientCompletionItemOptions(snippet_support=True)
        capabilities = types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(
                code_lens=refresh, inlay_hint=hints, did_change_watched_files=watch
            ),
            text_document=types.TextDocumentClientCapabilities(
                completion=types.CompletionClientCapabilities(completion_item=snippets)
            ),
            general=types.GeneralClientCapabilities(
                position_encodings=[types.PositionEncodingKind.Utf8]
            ),
        )
        root = types.WorkspaceFolder(uri(self.folder), self.folder.name)
        self.server = await self.client.initialize_async(
            types.InitializeParams(
                capabilities,
                root_uri=uri(self.folder),
                workspace_folders=[root],
                initialization_options=self.options or None,
            )
        )
        self.client.initialized(types.InitializedParams())

    # --- what an author does --------------------------------------------------------------------

    def open(self, path: Path, text: str | None = None) -> None:
        """Open a file; `text` where it is not what lies on disk."""
        said = path.read_text("utf-8") if text is None else text
        self._texts[uri(path)] = said
        self._versions[uri(path)] = 1
        item = types.TextDocumentItem(uri(path), "policy", 1, said)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, path: Path, text: str) -> None:
        """The whole text of a file as it is after some keys."""
        self._texts[uri(path)] = text
        self._versions[uri(path)] += 1
        doc = types.VersionedTextDocumentIdentifier(self._versions[uri(path)], uri(path))
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(doc, [whole]))

    def save(self, path: Path) -> None:
        path.write_text(self._texts[uri(path)], "utf-8")
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(document(path)))

    def close(self, path: Path) -> None:
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document(path)))

    def at(self, path: Path, words: str, inside: int = 0) -> dict[str, Any]:
        """The place of some words in a file, as a request has it."""
        return {
            "text_document": document(path),
            "position": position(self._texts[uri(path)], words, inside),
        }

    # --- waiting --------------------------------------------------------------------------------

    def run(self, asked: Coroutine[Any, Any, T]) -> T:
        """The answer of a request."""
        return self.loop.run_until_complete(asyncio.wait_for(asked, PATIENCE))

    def ask(self, name: str, params: Any) -> Any:
        """The answer of a request by its name in the client."""
        return self.run(getattr(self.client, f"{name}_async")(params))

    def until(self, holds: Any) -> None:
        """Listen until something holds."""

        async def wait() -> None:
            while not holds():
                await asyncio.sleep(0.01)

        self.run(wait())

    def codes(self, path: Path) -> list[str]:
        """The codes of what is told of a file."""
        return [str(each.code) for each in self.told.get(uri(path), [])]

    def until_told(self, path: Path, *codes: str) -> None:
        """Listen until these codes are what is told of a file."""
        try:
            self.until(lambda: self.codes(path) == list(codes))
        except TimeoutError:
            assert self.codes(path) == list(codes)

    def settled(self) -> None:
        """Listen until the server has looked at everything after the last key."""
        self.refreshed.clear()
        self.until(lambda: {"lens", "hint"} <= self.refreshed)


def uri(path: Path) -> str:
    found = from_fs_path(str(path))
    assert found is not None
    return found


def document(path: Path) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri(path))


def position(text: str, words: str, inside: int = 0) -> types.Position:
    """The place of the first of some words, so many characters in; columns in UTF-16."""
    offset = text.index(words) + inside
    line_start = text.rfind("\n", 0, offset) + 1
    units = len(text[line_start:offset].encode("utf-16-le")) // 2
    return types.Position(text.count("\n", 0, offset), units)


def edited(text: str, edits: list[types.TextEdit]) -> str:
    """A text with a client's edits made."""
    lines = text.splitlines(keepends=True)

    def offset(place: types.Position) -> int:
        start = sum(len(line) for line in lines[: place.line])
        line = lines[place.line] if place.line < len(lines) else ""
        before = line.encode("utf-16-le")[: 2 * place.character].decode("utf-16-le")
        return start + len(before)

    for edit in sorted(edits, key=lambda each: offset(each.range.start), reverse=True):
        start, end = offset(edit.range.start), offset(edit.range.end)
        text = text[:start] + edit.new_text + text[end:]
    return text
