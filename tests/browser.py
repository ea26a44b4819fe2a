"""Pages as a browser sees them: axe-core's findings, widths, paper.

`.ci/run` installs what this needs (Chromium, poppler-utils, axe-core); without them these tests are
left out, except where CI is set: there they fail.
"""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
AXE = _CACHE / "trust-policy-engine/axe/node_modules/axe-core/axe.min.js"
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
# Runs in the page's own frame; its answer goes to the page around it.
_LOOK = """
const tell = text => {
  const out = parent.document.createElement('pre');
  out.className = 'said';
  out.textContent = 'SAID' + text + 'DIAS';
  parent.document.body.append(out);
};
addEventListener('load', () => axe.run(document, {resultTypes: ['violations']}).then(
  found => tell(JSON.stringify({
    width: innerWidth,
    scroll: document.documentElement.scrollWidth,
    violations: found.violations.map(v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html)]),
    passes: found.passes.length,
  })), error => tell(JSON.stringify({error: String(error)}))));
"""


def need(*programs: str, axe: bool = False) -> None:
    """Skip where one is missing; fail where CI is set."""
    missing = [name for name in programs if shutil.which(name) is None]
    missing += ["axe-core"] if axe and not AXE.is_file() else []
    if missing:
        words = f"not installed: {', '.join(missing)} (.ci/run installs it)"
        if os.environ.get("CI"):
            pytest.fail(words)
        pytest.skip(words)


def chromium(folder: Path, *words: str) -> str:
    """What Chromium prints, with a profile of its own."""
    profile = folder / "profile"
    done = subprocess.run(
        ["chromium", *_FLAGS, f"--user-data-dir={profile}", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def looked_at(page: str, folder: Path, *widths: int) -> list[dict[str, Any]]:
    """axe-core's violations and the scrolling width of a page, in frames of these widths.

    The page's own policy forbids scripts, so axe comes in with a copy that has none.
    """
    need("chromium", axe=True)
    free = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", page)
    script = f"<script>{AXE.read_text('utf-8')}</script><script>{_LOOK}</script>"
    inside = html.escape(free.replace("</body>", f"{script}</body>"), quote=True)
    frames = "".join(
        f'<iframe title="{width}" width="{width}" height="900" style="border:0" srcdoc="{inside}">'
        "</iframe>"
        for width in widths
    )
    outer = folder / "frames.html"
    outer.write_text(f"<!DOCTYPE html><body>{frames}</body>", "utf-8")
    shown = chromium(
        folder,
        "--virtual-time-budget=60000",
        "--dump-dom",
        "--window-size=1400,1000",
        outer.as_uri(),
    )
    said = re.findall(r'<pre class="said">SAID(.*?)DIAS</pre>', shown, re.DOTALL)
    return [json.loads(html.unescape(each)) for each in said]


def printed(page: Path, folder: Path) -> str:
    """What `pdfinfo` says of a page as it is printed."""
    need("chromium", "pdfinfo")
    paper = folder / "page.pdf"
    chromium(folder, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    return subprocess.run(
        ["pdfinfo", str(paper)], capture_output=True, text=True, check=True, timeout=60
    ).stdout
