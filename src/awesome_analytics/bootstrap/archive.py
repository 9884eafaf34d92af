"""The file of a backup: a tar of few members, the last of which holds the SHA-256 of all others.

It opens with everybody's tools: `tar xf FILE`, `sha256sum -c SHA256SUMS`.
"""

import hashlib
import os
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from awesome_analytics.bootstrap.server_files import sync_folder
from awesome_analytics.core.errors import OperationError

SUMS = "SHA256SUMS"
_PIECE = 1 << 20


def pack(file: Path, folder: Path, members: Sequence[str]) -> None:
    """Write the members of `folder` into `file`, which appears whole or not at all."""
    (folder / SUMS).write_text("".join(f"{_sha256(folder / name)}  {name}\n" for name in members))
    draft = folder / "draft"
    # Customers and the hashes of passwords are inside: for the owner's eyes only.
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        with tarfile.open(fileobj=written, mode="w:", format=tarfile.PAX_FORMAT) as tar:
            for name in (*members, SUMS):
                tar.add(folder / name, arcname=name, filter=_anonymous)
        written.flush()
        os.fsync(written.fileno())
    draft.replace(file)
    sync_folder(file.parent)


def unpack(file: Path, folder: Path, members: Sequence[str]) -> None:
    """Put the members into `folder`; raises OperationError when the file is not whole and unaltered."""
    try:
        found = _copied(file, folder, (*members, SUMS))
    except FileNotFoundError:
        raise OperationError(f"there is no file {file}; name one that `awesome backup` made") from None
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(file, str(error)) from error
    if missing := [name for name in (*members, SUMS) if name not in found]:
        raise _damaged(file, f"{missing[0]} is missing")
    expected = "".join(f"{found[name]}  {name}\n" for name in members)
    if (folder / SUMS).read_bytes() != expected.encode():
        raise _damaged(file, "its checksums are not those of its contents")


def _copied(file: Path, folder: Path, names: Sequence[str]) -> Mapping[str, str]:
    """Copy what is known by name, never by path; name -> SHA-256."""
    found: dict[str, str] = {}
    with tarfile.open(file, mode="r:") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if member.name not in names or member.name in found or content is None:
                raise _damaged(file, f"it holds '{member.name}'")
            with (folder / member.name).open("wb") as copy:
                found[member.name] = _pour(content, copy)
    return found


def _pour(source: IO[bytes], target: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while piece := source.read(_PIECE):
        digest.update(piece)
        if target is not None:
            target.write(piece)
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return _pour(file, None)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _damaged(file: Path, why: str) -> OperationError:
    return OperationError(
        f"{file} is no whole backup ({why}); nothing was changed. Copy the file again from where it was "
        "made, or take an older one."
    )
