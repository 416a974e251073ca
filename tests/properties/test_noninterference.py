"""A world with hidden documents answers as the world without them, to the last byte, whatever is asked.

CHADANG_WORLDS asks for more worlds than `make test` has time for; `make prove` does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.routers.search_answers import HitOut
from indexer.answers import MaskedHit
from indexer.vectors.router import RoutedVectorIndex
from tests.assembly import archive_in, record
from tests.strategies import PRINTED_ID
from tests.worlds.archive import ROUTING
from tests.worlds.proving import Prover, World, prover
from tests.worlds.reads import Question
from tests.worlds.world import PEOPLE, Event, Paper, Permit

NAMES = ("欧阳锦程", "张颖琪", "工伤")
"""People who hold papers or stand in them; one is called like a word."""

WORDS = (
    "退休审批", "工伤认定", "2019年", "医疗费用", "失业金", "，", f"身份证{PRINTED_ID}", "伤", "。",
    *(f"姓名：{name}，" for name in NAMES), NAMES[0],
)  # fmt: skip
NUMBERS = ("D015-SB·2019-D50-YL-0001", "D015-SB·2019-D50-YL-0002", None)
REGIONS = ("500111", "500112", "510104")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map("".join)
facts = st.tuples(
    st.tuples(st.just("insurance_type"), st.sampled_from(["养老", "医疗", "综合", "工伤、医疗", None])),
    st.tuples(st.just("region"), st.sampled_from([*REGIONS, None])),
    st.tuples(st.just("access_level"), st.sampled_from(["公开", "内部", "敏感"])),
    st.tuples(st.just("formed_on"), st.sampled_from(["2019-03-05", "2020-01-01", None])),
    st.tuples(st.just("archive_no"), st.sampled_from(NUMBERS)),
    st.tuples(st.just("holder_name"), st.sampled_from([*NAMES, None])),
    st.tuples(st.just("holder_id"), st.sampled_from([PRINTED_ID, None])),
)
drawn = st.builds(Paper, st.just(""), texts, st.sampled_from(["", "退休审批表", "工伤认定"]), facts)
happenings = st.one_of(
    st.builds(Event, st.integers(0, 9), st.just("state"), st.sampled_from(["withdrawn", "held"])),
    st.builds(Event, st.integers(0, 9), st.just("region"), st.sampled_from(REGIONS)),
    st.builds(Event, st.integers(0, 9), st.just("level"), st.integers(0, 3)),
    st.builds(Event, st.integers(0, 9), st.just("reviewed"), st.sampled_from(["养老", "医疗", "失业"])),
    st.just(Event(0, "index")),
)
people = st.builds(
    "{}{}".format,
    st.sampled_from(
        [*NAMES, "歐陽錦程", "司马青云", PRINTED_ID, PRINTED_ID[:6] + PRINTED_ID[8:17], "13912345678"]
    ),
    st.sampled_from(["", " 2019年退休审批", "的工伤认定", f" {NAMES[0]}"]),
)
questions = st.builds(
    Question,
    st.one_of(texts, st.sampled_from(["退休审批表", "前年的工伤", NUMBERS[0] or "", "公开"]), people),
    st.sampled_from(["退休", "工伤", "gs", "表", "医", PRINTED_ID]),
    st.integers(2, 4),
    st.integers(0, 999),
    st.sampled_from([(), ("years",), ("insurance",), ("person",), ("identity",)]),
    st.sampled_from([(), ("years",), ("insurance", "region")]),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    papers = draw(st.lists(drawn, min_size=1, max_size=7))
    arriving = draw(st.lists(drawn, max_size=1))
    named = [replace(paper, source_id=f"s{number}") for number, paper in enumerate([*papers, *arriving])]
    permits = st.builds(
        Permit, st.sampled_from(sorted(PEOPLE)), st.sampled_from([p.source_id for p in named])
    )
    return World(
        papers=tuple(named[: len(papers)]),
        arriving=tuple(named[len(papers) :]),
        permits=tuple(draw(st.lists(permits, max_size=2))),
        events=tuple(draw(st.lists(happenings, max_size=2))),
        asked=draw(questions),
    )


@pytest.fixture(scope="module")
def proof() -> Iterator[Prover]:
    with prover() as made:
        yield made


_WORLDS = int(os.environ.get("CHADANG_WORLDS", "40"))


@pytest.mark.slow
@pytest.mark.timeout(7200)
@settings(max_examples=_WORLDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_hidden_documents_change_no_byte(world: World, proof: Prover) -> None:
    proof.prove(world)


def test_these_worlds_are_searched_through_lists(tmp_path: Path) -> None:
    archive = archive_in(tmp_path, routing=ROUTING)
    archive.ingest(*(record(f"s{number}", f"工伤认定{number}") for number in range(5)))
    served = archive.keeper.served()
    assert served is not None
    assert isinstance(served.generation.vectors, RoutedVectorIndex)
    assert served.generation.vectors.uses_lists


def test_fields_of_a_hit_are_all_compared() -> None:
    """A field added to hits goes over the wire, or is named here as one that must not."""
    hit = MaskedHit("d", "s", None, "t", "p", 1, (), None, None, "50", ())
    assert set(asdict(hit)) - set(HitOut.of(hit).model_dump()) == {"source_id"}
