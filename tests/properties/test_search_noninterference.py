"""A world with hidden documents answers as the world without them, to the last byte."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.answers import MaskedHit
from indexer.deposits import RecordDeposit
from indexer.vectors.router import RoutedVectorIndex, Routing
from models.access.policy import scope_of
from models.access.principal import Principal, Role
from models.access.scope import holds
from models.archive.levels import AccessLevel, Line
from tests.assembly import Archive, archive_in, clerk, record
from tests.fakes_embedding import DIMENSION
from tests.partitions import scattered
from tests.strategies import NOW, PRINTED_ID

WORDS = ("退休审批", "工伤认定", "2019年", "医疗费用", "失业金", "，", f"身份证{PRINTED_ID}", "伤", "。")
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map("".join)
NUMBERS = ("D015-SB·2019-D50-YL-0001", "D015-SB·2019-D50-YL-0002", None)
PRINCIPALS = (
    clerk(clearance=AccessLevel.INTERNAL, regions=("5001",)),
    clerk(line=Line.MEDICAL, regions=("500111",)),
    clerk(role=Role.ARCHIVIST),
    clerk(role=Role.PRIVACY_OFFICER, regions=("500112",)),
    clerk(role=Role.SUPERVISOR),
)
metadata = st.fixed_dictionaries(
    {
        "insurance_type": st.sampled_from(["养老", "医疗", "综合", "工伤、医疗", None]),
        "region": st.sampled_from(["500111", "500112", "510104", None]),
        "access_level": st.sampled_from(["公开", "内部", "敏感"]),
        "formed_on": st.sampled_from(["2019-03-05", "2020-01-01", None]),
        "archive_no": st.sampled_from(NUMBERS),
    }
)
worlds = st.lists(st.tuples(texts, st.sampled_from(["", "退休审批表", "工伤认定"]), metadata), max_size=9)
questions = st.one_of(texts, st.sampled_from(["退休审批表", "前年的工伤", NUMBERS[0] or "", "公开"]))


ROUTING = Routing(scattered(DIMENSION), exact_at_most=3)
"""Readers of few documents search exactly, the others through lists, most of them left out."""


def built(folder: Path, deposits: list[RecordDeposit]) -> Archive:
    archive = archive_in(folder, deposit_region="500111", routing=ROUTING)
    archive.ingest(*deposits)
    return archive


def without_ids(hits: list[MaskedHit]) -> list[dict[str, object]]:
    return [{k: v for k, v in asdict(hit).items() if k != "doc_id"} for hit in hits]


def visible(archive: Archive, deposits: list[RecordDeposit], principal: Principal) -> list[RecordDeposit]:
    held = archive.store.held([deposit.fingerprint for deposit in deposits])
    facts = archive.store.facts([h.doc_id for h in held.values() if h.doc_id])
    scope = scope_of(principal, NOW)
    return [d for d in deposits if holds(scope, facts[held[d.fingerprint].doc_id or ""])]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds, st.lists(questions, min_size=1, max_size=3), st.integers(min_value=1, max_value=12))
def test_hidden_documents_change_nothing(
    world: list[tuple[str, str, dict[str, object]]], asked: list[str], limit: int
) -> None:
    deposits = [
        record(f"s{number}", text, title=title, metadata=fields)
        for number, (text, title, fields) in enumerate(world)
    ]
    with tempfile.TemporaryDirectory() as folder:
        everything = built(Path(folder) / "all", deposits)
        for number, principal in enumerate(PRINCIPALS):
            own = visible(everything, deposits, principal)
            alone = built(Path(folder) / f"own{number}", own)
            for text in asked:
                there = everything.search(text, principal, limit=limit)
                assert without_ids(there) == without_ids(alone.search(text, principal, limit=limit))
                assert {hit.source_id for hit in there} <= {d.source_id for d in own}
            alone.close()
        everything.close()


def test_these_worlds_are_searched_through_lists(tmp_path: Path) -> None:
    archive = built(tmp_path, [record(f"s{number}", f"工伤认定{number}") for number in range(5)])
    served = archive.keeper.served()
    assert served is not None
    assert isinstance(served.generation.vectors, RoutedVectorIndex)
    assert served.generation.vectors.uses_lists
