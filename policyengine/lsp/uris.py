"""Paths and the addresses that the protocol has for them."""

from pathlib import Path

from pygls.uris import from_fs_path, to_fs_path


def uri_of(path: str) -> str:
    """The address of a file; a text that has no place on disk goes by its address."""
    if "://" in path or path.startswith("untitled:"):
        return path
    return from_fs_path(str(Path(path).absolute())) or ""


def path_of(uri: str) -> str:
    """The path of an address, or the address itself, if it is none of a file here: a text that
    was never saved."""
    found = to_fs_path(uri) if uri.startswith("file:") else None
    return uri if found is None else str(Path(found))
