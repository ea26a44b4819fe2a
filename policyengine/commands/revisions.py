"""Rules as they are in a folder or a file, or as they were in a git revision."""

import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from policyengine.commands.configuration import NAME as CONFIGURATION
from policyengine.commands.configuration import read_configuration
from policyengine.commands.exits import usage
from policyengine.commands.options import nearest
from policyengine.policy.packs.from_yaml import read_pack
from policyengine.policy.packs.stack import SHIPPED, is_pack

_SECONDS = 60
_SCHEMA = "schema.yaml"
_BESIDE = (_SCHEMA, CONFIGURATION)


@contextmanager
def rules_of(word: str, beside: str | None = None) -> Iterator[list[str]]:
    """The paths that hold the rules of OLD or NEW. `word` is a path, or a revision of the git
    repository that one stands in (`HEAD~1`), or REVISION:PATH; without PATH the path is `beside`,
    else `rules`. What is read of a revision lies in a private folder that is removed.

    Raises Stop (exit 2) where there is no such path, revision, or path in it.
    """
    if Path(word).exists():
        yield [word]
        return
    revision, _, path = word.partition(":")
    top = _git("rev-parse", "--show-toplevel")
    if top is None:
        raise usage(f"`{word}` is no file or folder, and this is no git repository")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise usage(f"`{word}` is neither a file nor a folder nor a revision", *_meant(revision))
    inside = _inside(Path(top.strip()), path or beside or "rules")
    with TemporaryDirectory(prefix="trustpolicy-") as folder:
        _unpack(commit.strip(), inside, Path(folder), word)
        _unpack_packs(commit.strip(), inside, Path(folder), word)
        yield [str(Path(folder) / inside)]


def _inside(top: Path, path: str) -> str:
    """A path as git names it, from the top of the repository."""
    here = Path(path)
    whole = here if here.is_absolute() else Path.cwd() / here
    try:
        found = Path(os.path.normpath(whole)).relative_to(top.resolve()).as_posix()
    except ValueError:
        raise usage(f"{path} is outside the repository {top}") from None
    return found


def _unpack(commit: str, inside: str, folder: Path, word: str) -> None:
    """The files of a path of a revision, and the schema and configuration above it, into a
    folder."""
    wanted = [inside]
    parents = [parent.as_posix() for parent in Path(inside).parents]
    wanted += [f"{each}/{name}".removeprefix("./") for each in parents for name in _BESIDE]
    there = [
        each for each in wanted if _git("cat-file", "-e", f"{commit}:{_dot(each)}") is not None
    ]
    if inside not in there:
        raise usage(f"there is no `{inside}` in revision `{word.partition(':')[0]}`")
    made = _run("archive", "--format=tar", commit, "--", *there)
    if made is None:
        raise usage(f"revision `{word}` cannot be read")
    with tarfile.open(fileobj=BytesIO(made)) as archive:
        archive.extractall(folder, filter="data")
    _with_code_lists(commit, folder, there)


def _unpack_packs(commit: str, inside: str, folder: Path, word: str) -> None:
    """What the rules at a path stand on as overlays, and the overlays that their configuration
    names, as they were in the revision too."""
    config, _ = read_configuration(None, [str(folder / inside)])
    own = config.path is not None and config.path.resolve().is_relative_to(folder.resolve())
    left = [Path(each) for each in config.overlays] if own else []
    seen = {os.path.normpath(folder / inside)}
    left += _below(folder / inside)
    while left:
        place = os.path.normpath(left.pop())
        there = os.path.relpath(place, folder)
        if place in seen or there.startswith(".."):
            continue  # outside the repository: what is there now, or the message that it is not
        seen.add(place)
        if _git("cat-file", "-e", f"{commit}:{_dot(there)}") is not None:
            _unpack(commit, Path(there).as_posix(), folder, word)
            left += _below(Path(place))


def _below(folder: Path) -> list[Path]:
    """The folder that a pack extends."""
    if not is_pack(folder):
        return []
    pack, _ = read_pack(folder)
    named = None if pack is None else pack.extends
    return [] if named in (None, SHIPPED) else [folder / str(named)]


def _dot(path: str) -> str:
    return "" if path == "." else path


def _with_code_lists(commit: str, folder: Path, there: list[str]) -> None:
    """The code lists that a schema above the rules keeps in files of its own."""
    for each in there:
        if Path(each).name == _SCHEMA and not (folder / each).parent.joinpath("codes").exists():
            beside = (Path(each).parent / "codes").as_posix()
            made = _run("archive", "--format=tar", commit, "--", beside)
            if made is not None:
                with tarfile.open(fileobj=BytesIO(made)) as archive:
                    archive.extractall(folder, filter="data")


def _meant(revision: str) -> list[str]:
    names = _git("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags") or ""
    meant = nearest(revision, names.split())
    return [f"did you mean `{meant}`?" if meant else "`git log` lists the revisions"]


def _git(*words: str) -> str | None:
    made = _run(*words)
    return None if made is None else made.decode("utf-8", "replace")


def _run(*words: str) -> bytes | None:
    """What git says, from the top of the repository; None where it fails or is not installed."""
    try:
        ran = subprocess.run(  # noqa: S603 - words of our own, and a path after `--`
            ["git", *words],  # noqa: S607 - whichever git the user has
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            cwd=_top(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout if ran.returncode == 0 else None


def _top() -> Path:
    """The folder above that holds the repository; here, where there is none."""
    here = Path.cwd()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)
