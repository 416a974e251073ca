"""What can be measured side by side: the privacy pass, whole and in part, and other tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from models.errors import InvalidInput
from models.privacy.detector import PersonalDataDetector
from training.privacy_figures import Span
from training.privacy_peers import find_as_ours, load_reader, peers

Finder = Callable[[Sequence[str]], list[frozenset[Span] | None]]
"""Return the spans of each text under our kinds; None for a text on which the system failed."""

OURS: Mapping[str, Mapping[str, bool]] = {
    "chadang": {},
    "chadang-thorough": {"thorough": True},
    "chadang-no-sequence": {"sequence": False},
    "chadang-rules": {"names": False},
}
NOT_INSTALLED = "未安装"
NOT_LOADED = "已安装但无法载入"
DEGRADED = "降级：缺少模型"


@dataclass(frozen=True, slots=True)
class System:
    """One system; ``find`` is None where it cannot run, ``note`` says why, or what is wrong with it."""

    name: str
    version: str
    find: Finder | None
    note: str = ""


def system_names() -> tuple[str, ...]:
    """Return all names, ours first."""
    return (*OURS, *peers())


def chosen_systems(named: Sequence[str]) -> tuple[str, ...]:
    """Return ``named`` without repeats, or all.

    Raises:
        InvalidInput: a name is unknown.
    """
    unknown = [name for name in named if name not in system_names()]
    if unknown:
        raise InvalidInput(f"没有名为 {unknown[0]} 的系统，请从以下名称中选择：{'、'.join(system_names())}。")
    return tuple(dict.fromkeys(named)) or system_names()


def load_system(name: str, threads: int) -> System:
    """Load a system of `system_names`; a peer that is missing is told in its note.

    ``threads`` are those of our models; the others use what they use.
    """
    return _ours(name, threads) if name in OURS else _peer(name)


def finder_of(detector: PersonalDataDetector) -> Finder:
    """Return a detector's answers as spans; each text is a document of its own."""
    return lambda texts: [
        frozenset((d.start, d.end, d.kind.value) for d in found) for found in detector.detect(texts)
    ]


def _ours(name: str, threads: int) -> System:
    from models.privacy.presidio import PresidioDetector

    detector = PresidioDetector.load(threads=threads, **OURS[name])
    return System(name, detector.version, finder_of(detector), DEGRADED if detector.degraded else "")


def _peer(name: str) -> System:
    peer = peers()[name]
    version = peer.installed
    if version is None:
        return System(name, "", None, NOT_INSTALLED)
    try:
        reader = load_reader(name)
    except ImportError:
        return System(name, version, None, NOT_LOADED)
    return System(name, version, lambda texts: [find_as_ours(reader, peer.labels, text) for text in texts])
