"""Chromium driven by hand: pages opened, keys pressed, questions asked, over its own pipe."""

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser import _FLAGS, AXE

PATIENCE = 30
"""Seconds until something must have happened; a machine may be busy."""


class LeftError(Exception):
    """Chromium did not answer: the page that was asked has gone."""


class Browser:
    """One page. What is asked goes in on a pipe and comes out on another."""

    def __init__(self, to: int, of: int) -> None:
        self._to, self._of = os.fdopen(to, "wb"), os.fdopen(of, "rb")
        self._number, self._session = 0, ""
        self.asked: list[str] = []  # every address that the page fetched
        self.errors: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._ask(f"{domain}.enable")

    def open(self, address: str) -> None:
        self.value("window.isOld = true")
        self._ask("Page.navigate", url=address)
        self.until(
            "!window.isOld && document.readyState === 'complete' && document.body.children[0]"
        )

    def size(self, width: int, height: int, *, dark: bool = False) -> None:
        self._ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])

    def scripts(self, allowed: bool) -> None:
        self._ask("Emulation.setScriptExecutionDisabled", value=not allowed)

    def value(self, expression: str) -> Any:
        """What an expression of the page comes to, awaited."""
        found = self._ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression holds. While another page comes, nothing does."""
        asked = f"(() => {{ try {{ return Boolean({expression}) }} catch {{ return false }} }})()"
        end = time.monotonic() + PATIENCE
        while not self._holds(asked):
            assert time.monotonic() < end, f"never came true: {expression}"
            time.sleep(0.02)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.value(expression))
        except LeftError:
            return False

    def type(self, text: str) -> None:
        for char in text:
            self._ask("Input.dispatchKeyEvent", type="keyDown", text=char, unmodifiedText=char)
            self._ask("Input.dispatchKeyEvent", type="keyUp")

    def press(self, key: str, code: int, modifiers: int = 0) -> None:
        for way in ("rawKeyDown", "keyUp"):
            self._ask(
                "Input.dispatchKeyEvent",
                type=way, key=key, code=key, windowsVirtualKeyCode=code, modifiers=modifiers,
            )  # fmt: skip

    def violations(self) -> list[Any]:
        """What axe-core finds wrong with the page as it stands."""
        self.value(AXE.read_text("utf-8") + ";0")
        return list(
            self.value(
                "axe.run(document, {resultTypes: ['violations']}).then(f => f.violations.map("
                "v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html)]))"
            )
        )

    def picture(self, file: Path, *, whole: bool = False) -> None:
        found = self._ask("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(found["data"]))

    def _ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        said = {"id": self._number, "method": method, "params": params}
        if self._session:
            said["sessionId"] = self._session
        self._to.write(json.dumps(said).encode() + b"\0")
        self._to.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise LeftError(answer["error"]["message"])
                return answer["result"]
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        match event.get("method"):
            case "Network.requestWillBeSent":
                self.asked.append(event["params"]["request"]["url"])
            case "Runtime.exceptionThrown" | "Log.entryAdded":
                self.errors.append(json.dumps(event["params"]))
            case "Page.javascriptDialogOpening":
                self._number += 1
                accept = {"id": self._number, "method": "Page.handleJavaScriptDialog",
                          "params": {"accept": True}, "sessionId": self._session}  # fmt: skip
                self._to.write(json.dumps(accept).encode() + b"\0")
                self._to.flush()

    def _next(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._of.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            text += byte
        found: dict[str, Any] = json.loads(text)
        return found


@contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, ended at the end."""
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()
    # Chromium reads its descriptor 3 and writes its descriptor 4; a shell puts ours there.
    script = f'exec "$@" 3<&{in_read} 4>&{out_write}'
    flags = [*_FLAGS, "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}"]
    running = subprocess.Popen(
        ["bash", "-c", script, "bash", "chromium", *flags],
        pass_fds=(in_read, out_write),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    os.close(in_read)
    os.close(out_write)
    try:
        yield Browser(in_write, out_read)
    finally:
        running.terminate()
        running.wait(20)
