"""Files on disk: a lock that one process holds, and replacing a file whole. Knows nothing of what is in them."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress

if sys.platform == "win32":
    import msvcrt

    def _claim(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _claim(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """One process at a time holds it; the system lets go of it when the process ends, however it ends.

    Args:
        path: the lock's own file, which stays behind empty.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock; False if somebody else has it.

        Raises:
            OSError: the file cannot be made.
        """
        self.release()  # what came along through a fork is not ours
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _claim(handle)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def replace_file(path: str, content: bytes) -> None:
    """Put new content in the place of a file so that at any moment, also after a crash, the old or the new one is there whole.

    Raises:
        OSError: it cannot be written; the old one is still there.
    """
    beside = f"{path}.new"
    with open(beside, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileNotFoundError):
        shutil.copymode(path, beside)
    os.replace(beside, path)
    _sync_folder(os.path.dirname(path))


def _sync_folder(path: str) -> None:
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
