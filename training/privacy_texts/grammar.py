"""A context-free grammar in text files.

``@rule`` opens a rule, each line is an alternative; ``[a|b]`` chooses, ``{slot}`` is a value, ``<rule>``
another rule, ⏎ a line end.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from training.synthetic.markup import Piece

_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_PART = re.compile(r"\{([^{}]+)\}|<([a-z_0-9]+)>")
_DEEPEST = 12


@cache
def rules() -> Mapping[str, tuple[str, ...]]:
    """Return the alternatives of every rule of the ``grammar`` folder.

    Raises:
        ValueError: a line stands before the first rule, or a rule is defined twice.
    """
    found: dict[str, list[str]] = {}
    folder = files("training.privacy_texts") / "grammar"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        name = ""
        for line in entry.read_text("utf-8").splitlines():
            if line.startswith("@"):
                name = line[1:].strip()
                if name in found:
                    raise ValueError(f"rule {name} is defined twice")
                found[name] = []
            elif line.strip() and not line.startswith("#"):
                if not name:
                    raise ValueError(f"{entry.name}: a line before the first rule")
                found[name].append(line)
    return {name: tuple(lines) for name, lines in found.items()}


def documents() -> tuple[str, ...]:
    """Return the names of the rules that are whole documents, in order."""
    return tuple(sorted(name for name in rules() if name.startswith("doc_")))


def expand(rule: str, slot: Callable[[str], Piece], rng: random.Random, depth: int = 0) -> list[Piece]:
    """Write out one alternative of ``rule``.

    Raises:
        KeyError: an unknown rule or slot.
        RecursionError: rules nest deeper than any text needs.
    """
    if depth > _DEEPEST:
        raise RecursionError(rule)
    text = rng.choice(rules()[rule])
    while "[" in text:
        text = _INNERMOST.sub(lambda match: rng.choice(match[1].split("|")), text)
    pieces: list[Piece] = []
    last = 0
    for match in _PART.finditer(text):
        pieces.append((text[last : match.start()].replace("⏎", "\n"), None))
        if match[1]:
            pieces.append(slot(match[1]))
        else:
            pieces.extend(expand(match[2], slot, rng, depth + 1))
        last = match.end()
    pieces.append((text[last:].replace("⏎", "\n"), None))
    return [piece for piece in pieces if piece[0]]
