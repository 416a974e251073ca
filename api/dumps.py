"""No memory image on disk: a core dump of this process would hold keys and clear text."""

from __future__ import annotations

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4
_NO_DUMP_BYTES = 1
"""Smaller than any dump, and the value at which Linux hands none to a program either (core(5), pipes)."""


def forbid_core_dumps() -> None:
    """Let no crash of this process or its children be written down, to a file or to a crash handler."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    limit = _NO_DUMP_BYTES if hard == resource.RLIM_INFINITY else min(hard, _NO_DUMP_BYTES)
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def forbid_tracing() -> None:
    """Let no process of the same user read this one's memory (Linux, PR_SET_DUMPABLE of prctl(2)).

    Not for commands that read ``/dev/stdin`` or ``/dev/fd/…``: these can then be opened by root only.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
