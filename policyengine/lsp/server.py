"""The protocol on standard input and output: files as they are edited, messages as they change.

Nothing that an author types, or that a client sends, ends the server.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from policyengine import __version__
from policyengine.lsp import tidying
from policyengine.lsp.desk import Bench, Desk
from policyengine.lsp.guard import guarded, hush, tell
from policyengine.lsp.lenses import RUN
from policyengine.lsp.requests import Requests
from policyengine.lsp.uris import path_of

NAME = "trustpolicy"
SOON = 0.04
"""Seconds from a keystroke to the check: keys that are struck at once are checked once."""
IDLE = 0.4
"""Seconds without a keystroke, after which the other files are remarked upon and examples run."""
WATCHED = ("**/*.policy", "**/*.policy.md", "**/*.yaml")

ANSWERS: Final[tuple[tuple[str, Any, Callable[..., object]], ...]] = (
    (types.TEXT_DOCUMENT_HOVER, None, Requests.hover),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[".", '"', "{"]),
        Requests.completion,
    ),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, None, Requests.document_symbol),
    (types.WORKSPACE_SYMBOL, None, Requests.workspace_symbol),
    (types.TEXT_DOCUMENT_INLAY_HINT, None, Requests.inlay_hint),
    (types.TEXT_DOCUMENT_DEFINITION, None, Requests.definition),
    (types.TEXT_DOCUMENT_REFERENCES, None, Requests.references),
    (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, None, Requests.document_highlight),
    (types.TEXT_DOCUMENT_PREPARE_RENAME, None, Requests.prepare_rename),
    (
        types.TEXT_DOCUMENT_RENAME,
        types.RenameOptions(prepare_provider=True),
        Requests.rename,
    ),
    (types.TEXT_DOCUMENT_FORMATTING, None, Requests.formatting),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.SourceFixAll]),
        Requests.code_action,
    ),
    (types.TEXT_DOCUMENT_CODE_LENS, None, Requests.code_lens),
)


class Protocol(LanguageServerProtocol):
    """Columns are counted in UTF-16, which every client can do."""

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        """The protocol's own, with one way to count columns."""
        if params.capabilities.general is not None:
            params.capabilities.general.position_encodings = None
        return (yield from super().lsp_initialize(params))


class Server(LanguageServer):
    """A language server for rule files."""

    def __init__(self, rules: list[str], schema: Path | None) -> None:
        super().__init__(
            NAME,
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
            protocol_cls=Protocol,
        )
        self.desk = Desk(self.open_text, rules, schema)
        self.requests = Requests(self.desk)
        self.can: set[str] = set()
        self._looked_at: set[Bench] = set()
        self._waiting: dict[tuple[str, Bench], asyncio.TimerHandle] = {}

    def open_text(self, path: str) -> str | None:
        """The text of a file as the editor has it, if it is open."""
        for uri, doc in self.workspace.text_documents.items():
            if path_of(uri) == path:
                return str(doc.source)
        return None

    def report_server_error(self, error: Exception, _source: Any) -> None:
        """What a client sent could not be read: told to whoever looks, and passed over."""
        tell(error)

    def edited(self, path: str) -> None:
        """Check soon what an edit changed; look at everything else once the keys are still."""
        if not self.desk.takes(path):
            return
        bench = self.desk.bench(path)
        bench.rule_set.edited()
        self._later("soon", bench, SOON, lambda: self.publish(bench, path))
        self.once_idle(bench)

    def once_idle(self, bench: Bench) -> None:
        """Look at everything about a rule set when there is time."""
        self._later("idle", bench, IDLE, lambda: self.settle(bench))

    def publish(self, bench: Bench, edited: str | None = None) -> None:
        """Tell what is wrong now, of the files about which something else was told before."""
        for uri, several in bench.news(edited):
            doc = self.workspace.text_documents.get(uri)
            version = None if doc is None else doc.version
            told = types.PublishDiagnosticsParams(uri, several, version)
            self.text_document_publish_diagnostics(told)

    def settle(self, bench: Bench) -> None:
        """Tell everything about a rule set, and have the margins drawn anew."""
        self.publish(bench)
        if bench not in self._looked_at:
            self._looked_at.add(bench)
            tidying.keep()
        tidying.tidy()
        if "lens" in self.can:
            self.workspace_code_lens_refresh(None)
        if "hint" in self.can:
            self.workspace_inlay_hint_refresh(None)

    def show(self) -> None:
        """Show what a request has to say."""
        for told in self.requests.told:
            self.window_show_message(told)
        self.requests.told.clear()

    def _later(self, what: str, bench: Bench, seconds: float, do: Callable[[], None]) -> None:
        before = self._waiting.pop((what, bench), None)
        if before is not None:
            before.cancel()
        loop = asyncio.get_running_loop()
        self._waiting[what, bench] = loop.call_later(seconds, guarded(do))


def make_server(rules: list[str] | None = None, schema: Path | None = None) -> Server:
    """A server, ready to be started. `rules` and `schema` as on the command line: files and
    folders, a schema; left out, each file's rule set is looked for from where it lies."""
    tidying.begin()
    hush("pygls")
    server = Server([str(Path(path).absolute()) for path in rules or ()], schema)
    for method, options, answer in ANSWERS:
        _add(server, method, options, answer)
    _add_lifecycle(server)
    _add_documents(server)

    @server.command(RUN)
    def run(uri: str, rule: str | None = None, line: int | None = None) -> Any:
        found = guarded(server.requests.run_examples)(uri, rule, line)
        server.show()
        return found

    return server


def _add(server: Server, method: str, options: Any, answer: Callable[..., object]) -> None:
    @server.feature(method, options)
    def asked(params: Any) -> Any:
        found = guarded(answer)(server.requests, params)
        server.show()
        return found


def _add_lifecycle(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        folders = [path_of(each.uri) for each in params.workspace_folders or ()]
        if not folders and params.root_uri:
            folders = [path_of(params.root_uri)]
        server.desk.moved(folders)
        guarded(_take_options)(server, params.initialization_options, folders)
        _note_capabilities(server, params.capabilities)

    @server.feature(types.INITIALIZED)
    def initialized(_: types.InitializedParams) -> None:
        if "watch" in server.can:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            wanted = types.Registration("watch", method, options)
            server.client_register_capability(types.RegistrationParams([wanted]))

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders_changed(_: types.DidChangeWorkspaceFoldersParams) -> None:
        server.desk.moved([path_of(uri) for uri in server.workspace.folders])


def _take_options(server: Server, options: object, folders: list[str]) -> None:
    """`rules` and `schema` of the editor's settings: paths from the folder that is open. What the
    server was started with goes before."""
    if not isinstance(options, dict):
        return
    root = Path(folders[0]) if folders else Path.cwd()
    rules, schema = options.get("rules"), options.get("schema")
    if isinstance(rules, list) and not server.desk.rules:
        server.desk.rules = [str(root / str(path)) for path in rules]
    if isinstance(schema, str) and schema and server.desk.schema is None:
        server.desk.schema = root / schema


def _note_capabilities(server: Server, capabilities: types.ClientCapabilities) -> None:
    workspace, text = capabilities.workspace, capabilities.text_document
    if workspace is not None:
        if workspace.code_lens is not None and workspace.code_lens.refresh_support:
            server.can.add("lens")
        if workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            server.can.add("hint")
        watched = workspace.did_change_watched_files
        if watched is not None and watched.dynamic_registration:
            server.can.add("watch")
    item = text and text.completion and text.completion.completion_item
    server.requests.snippets = bool(item and item.snippet_support)


def _add_documents(server: Server) -> None:
    @guarded
    def looked_at_again(path: str) -> None:
        if server.desk.takes(path):
            server.desk.bench(path).rule_set.stale()
            server.edited(path)

    @guarded
    def closed(path: str) -> None:
        if server.desk.takes(path):
            bench = server.desk.bench(path)
            server.desk.closed(path)
            server.once_idle(bench)

    @guarded
    def changed_on_disk() -> None:
        for bench in server.desk.benches.values():
            bench.rule_set.stale()
            server.once_idle(bench)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        looked_at_again(path_of(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        guarded(server.edited)(path_of(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        looked_at_again(path_of(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        closed(path_of(params.text_document.uri))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(_: types.DidChangeWatchedFilesParams) -> None:
        changed_on_disk()
