"""The routes of the workbench: a page, its style and script, and where a text is sent to."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TypeVar
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from policyengine.diagnostics import Severity
from policyengine.starting.rule_draft import NoDraftError
from policyengine.syntax import source_of_text
from policyengine.syntax.characters import MAX_BYTES
from policyengine.tooling.fmt import format_source
from policyengine.workbench.bench import Bench, Result, inserted
from policyengine.workbench.drafting import drafted
from policyengine.workbench.guarding import Guard, Keys
from policyengine.workbench.page import be_ready, page_html, result_html, status
from policyengine.workbench.saving import NotSavedError, digest_of, save

MAX_BODY = 3 * MAX_BYTES + 65_536
"""Bytes of a request: each character of the largest rule file may be sent as three."""
_MOST_FIELDS = 40
_STATIC = {"workbench.css": "text/css", "workbench.js": "text/javascript"}
_FIELDS = ("new_id", "new_for", "new_needs", "new_within")
T = TypeVar("T")


def make_app(bench: Bench, keys: Keys, *, can_save: bool = True) -> ASGIApp:
    """The application. `can_save` is False where the rules are not the user's own. Raises
    ModuleNotFoundError where Jinja2 is not installed."""
    be_ready()
    return _Workbench(bench, keys, can_save).app()


class _WrongError(Exception):
    """A request that no page of ours sends: its status, and why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code, self.why = code, why


@dataclass(slots=True)
class _Answer:
    """What became of what was asked: another text, a line about it, examples that were found."""

    text: str
    said: str = ""
    wrong: bool = False
    seen: str = ""
    suggestions: object = None


@dataclass(slots=True)
class _Workbench:
    bench: Bench
    keys: Keys
    can_save: bool
    # One thing after another, always in one thread: the parser is a thread's own.
    _one: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def app(self) -> ASGIApp:
        """All routes, behind the guard."""
        routes = [
            Route("/", self.page, methods=["GET"]),
            Route("/bench", self.sent, methods=["POST"]),
            Route("/static/{name}", self.static, methods=["GET"]),
        ]
        return Guard(Starlette(routes=routes), self.keys)

    async def static(self, request: Request) -> Response:
        """The style and the script, by name and by no path."""
        name = request.path_params["name"]
        if name not in _STATIC:
            return PlainTextResponse("there is no such page", 404)
        text = files("policyengine.workbench").joinpath("static", name).read_text("utf-8")
        return Response(text, media_type=_STATIC[name])

    async def page(self, request: Request) -> Response:
        """The page of a rule, or of a file's first."""
        path = request.query_params.get("file", "")
        rule = request.query_params.get("rule", "")
        if at := request.query_params.get("at", ""):  # one word of the list of rules holds both
            path, _, rule = at.rpartition("#")
        return await self._in_turn(lambda: self._opened(path, rule))

    async def sent(self, request: Request) -> Response:
        """A text, and what is to be done with it: answered with the right side for the script,
        or with the whole page."""
        try:
            words = await _words(request)
        except _WrongError as error:
            return PlainTextResponse(error.why, error.code)
        for_script = request.headers.get("accept", "").startswith("application/json")
        return await self._in_turn(lambda: self._done(words, for_script))

    async def _in_turn(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._one, do)

    # --- in the bench's own thread --------------------------------------------------------------

    def _opened(self, path: str, rule: str) -> Response:
        self.bench.reopen()
        known = self.bench.rules()
        if rule and not path:
            path = self.bench.file_of(rule)
        if (path and path not in known) or not known:
            return PlainTextResponse("there is no such rule file", 404)
        path = path or next((file for file, rules in known.items() if rules), next(iter(known)))
        text, seen = self.bench.text_of(path), digest_of(path)
        result = self.bench.result(path, text, rule, None)
        return self._whole(path, result, _Answer(text, seen=seen), {})

    def _done(self, words: Mapping[str, str], for_script: bool) -> Response:
        path, rule = words.get("file", ""), words.get("rule", "")
        text = words.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
        if path not in self.bench.rule_set.check().documents:
            return PlainTextResponse("there is no such rule file", 404)
        line = words.get("line", "")
        at = int(line) if line.isascii() and line.isdigit() and len(line) < 8 else None
        answer = self._asked(words, path, text, rule)
        result = self.bench.result(path, answer.text, rule, at)
        answer.seen = answer.seen or words.get("seen", "")
        if not for_script:
            return self._whole(path, result, answer, words)
        return JSONResponse(
            {
                "html": result_html(result, self._extra(answer)),
                "status": answer.said or status(result),
                "wrong": answer.wrong,
                "text": answer.text if answer.text != text else None,
                "seen": answer.seen,
                "rule": result.rule,
                "bad": result.bad_lines,
                "stale": result.stale,
            }
        )

    def _asked(self, words: Mapping[str, str], path: str, text: str, rule: str) -> _Answer:
        what, _, which = words.get("do", "check").partition(":")
        match what:
            case "format":
                return _formatted(path, text)
            case "save":
                return self._saved(path, text, words.get("seen", ""))
            case "suggest":
                found = self.bench.suggested(path, text, rule)
                if found is None:
                    return _Answer(
                        text, "Mend the mistakes first: examples need a whole rule", True
                    )
                return _Answer(
                    text, f"{len(found)} examples were found for {rule}", suggestions=found
                )
            case "paste":
                number = (
                    int(which) if which.isascii() and which.isdigit() and len(which) < 4 else -1
                )
                made = self.bench.with_example(path, text, rule, number)
                return _changed(text, made, "The example stands below the rule's others")
            case "mend":
                return _changed(text, self.bench.mend(path, text, which), "Mended")
            case "new":
                return self._new(words, path, text)
            case _:
                return _Answer(text)

    def _saved(self, path: str, text: str, seen: str) -> _Answer:
        if not self.can_save:
            why = "these rules came with the program: `trustpolicy init FOLDER` makes your own"
            return _Answer(text, f"Not saved: {why}", True)
        try:
            now = save(path, text, seen, self.bench.roots)
        except NotSavedError as error:
            return _Answer(text, f"Not saved: {error}", True)
        notes = self.bench.check(path, text).notes.get(path, ())
        broken = any(note.severity is Severity.ERROR for note in notes)
        return _Answer(text, "Saved, mistakes and all" if broken else "Saved", seen=now)

    def _new(self, words: Mapping[str, str], path: str, text: str) -> _Answer:
        checked = self.bench.check(path, text)
        end = self.bench.end_of_rules(path, text)
        if checked.schema is None or (end is None and path.endswith(".md")):
            return _Answer(text, "Not added: there is no rule yet to add it after", True)
        try:
            made = drafted(words, checked.schema, checked.files)
        except NoDraftError as error:
            return _Answer(text, f"Not added: {error}", True)
        new = inserted(text, len(text) if end is None else end, made)
        return _Answer(
            new, f"{words['new_id'].strip()} stands at the end of the file; not saved yet"
        )

    def _whole(
        self, path: str, result: Result, answer: _Answer, words: Mapping[str, str]
    ) -> Response:
        schema = self.bench.rule_set.check().schema
        return HTMLResponse(
            page_html(
                {
                    "path": path,
                    "rules": self.bench.rules(),
                    "result": result,
                    "text": answer.text,
                    "seen": answer.seen,
                    "said": answer.said,
                    "wrong": answer.wrong,
                    "can_save": self.can_save,
                    "kinds": [] if schema is None else sorted(schema.kinds),
                    "new": {name: words.get(name, "") for name in _FIELDS},
                    **self._extra(answer),
                }
            )
        )

    def _extra(self, answer: _Answer) -> dict[str, object]:
        load = self.bench.case_load
        return {
            "called_file": self.bench.called,
            "called": "" if load is None else load.called,
            "as_at": None if load is None else load.as_at,
            "suggestions": answer.suggestions,
        }


def _formatted(path: str, text: str) -> _Answer:
    source, _ = source_of_text(path, text)
    if source is None:
        return _Answer(text, "Not laid out: the text cannot be read", True)
    made = format_source(source)
    if any(note.severity is Severity.ERROR for note in made.diagnostics):
        return _Answer(text, "Not laid out: mend the mistakes first", True)
    return _Answer(made.text, "Laid out" if made.changed else "It is laid out already")


def _changed(text: str, made: str | None, said: str) -> _Answer:
    if made is None:
        return _Answer(text, "The text changed meanwhile: look again", True)
    return _Answer(made, said)


async def _words(request: Request) -> dict[str, str]:
    """The fields of a form. Raises `_WrongError`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _WrongError(415, "a form is sent here")
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or len(length) > 12 or int(length) > MAX_BODY:
        raise _WrongError(413, "this is more than a rule file may hold")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _WrongError(413, "this is more than a rule file may hold")
    try:
        found = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        raise _WrongError(400, "this is no form") from None
    return dict(found)
