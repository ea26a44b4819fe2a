"""Who may call the workbench: whoever holds its token, from a page of its own, on this machine."""

import sys
import traceback
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from secrets import token_urlsafe

from starlette.datastructures import Headers, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Not `no-referrer`: with it a browser names no origin when it posts a form.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What lets in. `token` stands in the address that is printed; `session` in the cookie, whose
    name holds the port, as a browser sends the cookies of a machine to all of its ports."""

    port: int
    token: str = field(default_factory=lambda: token_urlsafe(32))
    session: str = field(default_factory=lambda: token_urlsafe(32))

    @property
    def cookie(self) -> str:
        """The cookie's name."""
        return f"trustpolicy_{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser may call this machine. Another name is another's, that leads here."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def address(self) -> str:
        """The address that opens the workbench."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"


class Guard:
    """Lets nothing through to the application that may not call it, and no error's words out."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app = app
        self.keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # a web socket is closed, unanswered
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        try:
            answer = self._answer(scope)
            await (self.app if answer is None else answer)(scope, receive, told)
        except Exception as error:  # noqa: BLE001 - the bench stays up whatever was typed
            _tell(error)
            if not begun:
                sorry = PlainTextResponse(
                    "Something went wrong: the workbench's terminal says where", 500
                )
                await sorry(scope, receive, told)

    def _answer(self, scope: Scope) -> Response | None:
        """A refusal, or the cookie for the token; None: the application may answer."""
        headers, query = Headers(scope=scope), QueryParams(scope["query_string"])
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self.keys.hosts:
            return _refused("this name is not the workbench's")
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("no such method", 405)
        token = query.get("token")
        if token is not None and scope["method"] == "GET":
            if not _same(token, self.keys.token):
                return _refused("this token is not the workbench's")
            answer = RedirectResponse("/", 303)
            answer.set_cookie(
                self.keys.cookie, self.keys.session, httponly=True, samesite="strict", path="/"
            )
            return answer
        cookies = cookie_parser("; ".join(headers.getlist("cookie")))
        if not _same(cookies.get(self.keys.cookie, ""), self.keys.session):
            return _refused("open the address that `trustpolicy serve` printed")
        if scope["method"] == "POST" and not self._from_here(headers, hosts[0]):
            return _refused("this was sent by another page")
        return None

    def _from_here(self, headers: Headers, host: str) -> bool:
        """A page on another port of this machine is the same site, and its forms bring the
        cookie along: so the origin is asked too."""
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site")
        return (origin is None or origin.lower() == f"http://{host.lower()}") and (
            site is None or site in ("same-origin", "none")
        )


def _same(one: str, other: str) -> bool:
    return compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())


def _refused(why: str) -> Response:
    return PlainTextResponse(f"Refused: {why}", 403)


def _tell(error: BaseException) -> None:
    """What went wrong and where, without its words: they may hold what was typed."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = "; ".join(f"{Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames)
    print(f"trustpolicy serve: {type(error).__name__}: {places}", file=sys.stderr, flush=True)
