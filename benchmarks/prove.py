"""`make prove`: worlds by the thousand, small and big; says how many were proved and what it took.

Small worlds are drawn by Hypothesis; every archive an example passes through counts as a world where it
holds documents that are hidden from somebody. Big ones hold 20,000 documents, half of them hidden, and
are asked over the routes of search alone: what an officer reads of a whole archive takes minutes there.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.worlds.proving import Prover, World, prover
from tests.worlds.reads import Question
from tests.worlds.world import PEOPLE, Event, Paper

BIG, BIG_ASKED = 20_000, ("clerk", "medical-clerk")
_SUBJECTS = ("退休审批", "工伤认定", "医疗费用报销", "失业登记", "生育津贴", "转移接续")
NAMES = ("张颖琪", "欧阳锦程", "李昕玥", "王楠楠")
_ROUTES = ("/v1/search", "/v1/suggest", "/v1/documents", "search", "suggest", "similar")


def main() -> None:
    """Prove as many small worlds, big ones or both as asked for: ``prove SMALL BIG [SIZE]``."""
    small, big, size = (int(word) for word in [*sys.argv[1:], "10000", "20", str(BIG)][:3])
    if small:
        _report("small", lambda: proved_small(small))
    if big:
        _report(f"of {size} documents", lambda: proved_big(big, size))


def proved_small(examples: int) -> Prover:
    """Draw and prove; Hypothesis shrinks what fails."""
    os.environ["CHADANG_WORLDS"] = str(examples)
    from tests.properties import test_noninterference as drawn

    with prover() as proof:
        drawn.test_hidden_documents_change_no_byte(proof=proof)
    return proof


def proved_big(worlds: int, size: int) -> Prover:
    with prover() as proof:
        proof.people = [PEOPLE[name] for name in BIG_ASKED]
        proof.wanted = lambda asked: asked.split()[-1].startswith(_ROUTES) or asked.startswith(_ROUTES)
        for seed in range(worlds):
            proof.prove(big_world(seed, size))
            print(
                f"big world {seed + 1} of {worlds}: {proof.compared} answers compared",
                file=sys.stderr,
                flush=True,
            )
    return proof


def big_world(seed: int, size: int) -> World:
    """Return a world in which each of those asked sees about half: the rest is of another line or region.

    Every name is that of a quarter of the papers, seen and hidden.
    """
    draw = random.Random(seed)
    papers = tuple(_papers(draw, size))
    events = (Event(draw.randrange(size), "state", "withdrawn"), Event(0, "index"))
    asked = Question(draw.choice([*_SUBJECTS, *NAMES]), draw.choice(["退休", "工伤", "表"]), 50, seed * 6)
    late = replace(papers[draw.randrange(size)], source_id="late")
    return World(papers, (late,), (), events, asked)


def _papers(draw: random.Random, size: int) -> Iterator[Paper]:
    for number in range(size):
        subject = draw.choice(_SUBJECTS)
        text = f"第{number}号，{draw.choice(_SUBJECTS)}，{draw.randint(2001, 2025)}年，{subject}。"
        facts = {
            "insurance_type": draw.choice(["养老", "医疗"]),
            "region": "500111",
            "access_level": "内部",
            "formed_on": f"{draw.randint(2001, 2025)}-03-05",
            "holder_name": draw.choice(NAMES),
        }
        yield Paper(f"s{number}", text, f"{subject}表", tuple(facts.items()))


def _report(kind: str, prove: Callable[[], Prover]) -> None:
    begin, worked = time.perf_counter(), time.process_time()
    proof = prove()
    took, worked = time.perf_counter() - begin, time.process_time() - worked
    print(
        f"{kind}: {proof.states} worlds with hidden documents, {proof.pairs} pairs of archives,"
        f" {proof.compared} answers compared, 0 differ; {took:.0f} s, of the processor {worked:.0f} s",
        flush=True,
    )


if __name__ == "__main__":
    main()
