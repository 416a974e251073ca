"""What the parser process gives up before it sees a byte of a file: memory, files, the network.

Limits of resources hold on every Unix; the rest is Landlock (Linux 5.13 and later: landlock(7)), asked for
by system call because no library of ours wraps it. Where the kernel has none of it, the process goes on
with what it has and says so.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # one number on every architecture
_VERSION, _BENEATH = 1, 1
_NO_NEW_PRIVILEGES = 38  # prctl(2)
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_RIGHTS_OF_ABI = (13, 14, 15, 15, 16)
"""How many rights on files each version of the interface knows; later ones know no more."""
_TCP = 0b11  # bind and connect, from version 4
_OUTSIDE = 0b11  # abstract sockets and signals of others, from version 6
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/proc", "/sys/devices/system",
           "/dev/null", "/dev/urandom")  # fmt: skip


def confine(memory_bytes: int, packages: Iterable[Path]) -> dict[str, bool]:
    """Give up what is not needed to parse; call before any thread is begun.

    Args:
        memory_bytes: address space at most; 0 leaves it as it is.
        packages: folders of our own code, all that may be read besides Python and the system's libraries.

    Returns:
        which of ``limits`` (memory, no file written, no core dump) and ``files`` (nothing else read or
        written, no TCP) are in force.
    """
    return {"limits": _limit(memory_bytes), "files": _lock(list(packages))}


def _limit(memory_bytes: int) -> bool:
    try:
        import resource
    except ImportError:
        return False
    given = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0}
    if memory_bytes:
        given[resource.RLIMIT_AS] = memory_bytes
    for kind, most in given.items():
        with suppress(ValueError, OSError):  # a lower hard limit is in force already
            resource.setrlimit(kind, (most, most))
    return True


def _lock(packages: list[Path]) -> bool:
    if sys.platform != "linux":
        return False
    system = ctypes.CDLL(None, use_errno=True)
    version = system.syscall(_CREATE, None, 0, _VERSION)
    if version < 1:
        return False
    rights = (1 << _RIGHTS_OF_ABI[min(version, len(_RIGHTS_OF_ABI)) - 1]) - 1
    wanted = struct.pack("=QQQ", rights, _TCP, _OUTSIDE)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = system.syscall(_CREATE, wanted, len(wanted), 0)
    if ruleset < 0:
        return False
    for place in packages:
        _allow(system, ruleset, place, _READ_FILE | _READ_DIR)
    for place in _libraries():
        _allow(system, ruleset, place, _READ_FILE | _READ_DIR | _EXECUTE)
    for place in (Path(entry) for entry in sys.path if entry):
        _allow(system, ruleset, place, _READ_DIR)  # to be looked through for packages, not to be read
    system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = bool(system.syscall(_RESTRICT, ruleset, 0) == 0)
    os.close(ruleset)
    return done


def _libraries() -> list[Path]:
    own = [Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages", ".zip"))]
    standard = [Path(os.__file__).parent, Path(sys.base_prefix) / "lib", Path(sys.executable).resolve()]
    return [*own, *standard, *map(Path, _SYSTEM)]


def _allow(system: ctypes.CDLL, ruleset: int, place: Path, rights: int) -> None:
    """Allow ``rights`` below a folder, or on a file; a place that is not there needs no permission."""
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        allowed = rights if place.is_dir() else rights & ~_READ_DIR
        system.syscall(_ADD_RULE, ruleset, _BENEATH, struct.pack("=Qi", allowed, handle), 0)
    finally:
        os.close(handle)
