"""Whatever is granted, revoked, moved, re-classified, withdrawn, re-indexed, crashed or restored,
in any order: everybody sees exactly what an oracle of a few plain lines says. CHADANG_MODEL_RUNS asks
for more runs.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import update

from indexer.answers import Query
from indexer.granting import Granting, GrantRequest
from indexer.policies import Policies
from indexer.reading import Reader
from indexer.reclassification import becomes
from indexer.search import Searcher
from indexer.store.access_sqlalchemy import SqlAccessStore
from indexer.store.accounts_sqlalchemy import SqlAccountStore
from indexer.store.classification_port import Claim, ClassificationReview, ReviewVerdict, Truth
from indexer.store.classification_sqlalchemy import SqlClassificationStore
from indexer.store.database import exclusive
from indexer.store.epochs import facts_changed
from indexer.store.port import Account
from indexer.store.tables import DocumentRow
from indexer.vectors.router import Routing
from models.access.policy import reach_of
from models.access.policy_text import shipped_text
from models.access.principal import Principal, Role
from models.access.scope import EVERYTHING, NOTHING
from models.archive.levels import AccessLevel, Line
from models.errors import NotVisible
from tests import access_oracle
from tests.access_oracle import OF_LINE, PEOPLE, Oracle, Paper, Permit
from tests.assembly import Archive, archive_in, record
from tests.fakes_embedding import DIMENSION
from tests.partitions import scattered
from tests.strategies import NOW

ROUTING = Routing(scattered(DIMENSION, spread=1.0), exact_at_most=1)
"""Who may see more than one paper is answered through lists, none of them left out."""

ROLES = {
    "clerk": Role.CLERK, "reviewer": Role.REVIEWER, "archivist": Role.ARCHIVIST,
    "officer": Role.PRIVACY_OFFICER, "admin": Role.SYSTEM_ADMIN,
}  # fmt: skip
REGIONS = ("500111", "500112", "429004", "420106")
CASES = ("", "BJ1", "BJ2")
NARROW = shipped_text().replace('roles = ["clerk", "reviewer"]', "roles = []")
FIRST = [
    Paper("养老", "500111", 1, "held", ""), Paper("医疗", "500111", 1, "held", "BJ1"),
    Paper("综合", "429004", 2, "held", "BJ1"), Paper("工伤", "500112", 1, "to_be_catalogued", "BJ2"),
    Paper("医疗", "429004", 3, "to_be_catalogued", ""),
]  # fmt: skip
OPERATOR = Principal("", frozenset())
papers = st.builds(
    Paper,
    st.sampled_from(sorted(OF_LINE)),
    st.sampled_from(REGIONS),
    st.integers(0, 3),
    st.sampled_from(["held", "to_be_catalogued"]),
    st.sampled_from(CASES),
)
people, names = st.sampled_from(sorted(PEOPLE)), st.integers(min_value=0, max_value=6)


class Killed(BaseException):
    """What a process that is killed does not live to handle."""


def principal_of(who: str) -> Principal:
    line, region, level, _, _ = PEOPLE[who]
    return Principal(
        who, frozenset({ROLES[who]}), Line(line) if line else None, (region,), AccessLevel(level)
    )


def metadata(paper: Paper) -> dict[str, object]:
    formed_on = "2019-03-05" if paper.state == "held" else None
    level = AccessLevel(paper.level).label
    given = {"insurance_type": paper.insurance, "region": paper.region, "access_level": level}
    return {**given, "formed_on": formed_on, "办件编号": paper.case}


@cache
def template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="chadang-model-"))
    archive = archive_in(folder / "state", routing=ROUTING)
    for who in PEOPLE:
        SqlAccountStore(archive.engine).add_account(Account(principal_of(who), None))
    archive.ingest(*(record(f"p{n}", f"退休审批表 {n}", metadata=metadata(p)) for n, p in enumerate(FIRST)))
    archive.keeper.served()
    archive.close()
    return folder / "state"


@pytest.fixture(scope="module", autouse=True)
def _template_removed() -> object:
    yield
    shutil.rmtree(template().parent)


class ArchiveMachine(RuleBasedStateMachine):
    """One archive and its oracle; names p0, p1 … stand for documents in both."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="chadang-model-"))
        self.now, self.oracle, self.turn = NOW, Oracle(), 0

    @initialize()
    def begin(self) -> None:
        shutil.copytree(template(), self.folder / "state")
        self.oracle.papers = {f"p{n}": Paper(**vars(paper)) for n, paper in enumerate(FIRST)}
        self.open()

    def open(self) -> None:
        self.archive: Archive = archive_in(self.folder / "state", routing=ROUTING)
        archive, store = self.archive, self.archive.store
        self.access = SqlAccessStore(archive.engine, archive.sealer)
        self.accounts = SqlAccountStore(archive.engine)
        self.granting = Granting(store, self.access, archive.audit, self.clock)
        self.policies = Policies(store, self.access, self.accounts, archive.audit, self.clock)
        self.reader = Reader(store, archive.audit, self.clock)
        self.searcher = Searcher(
            store, archive.keeper, archive.embedder, self.reader, archive.audit, self.clock
        )
        documents = store.documents(store.ids_inside(EVERYTHING, NOTHING))
        self.id_of = {d.source_id: doc_id for doc_id, d in documents.items()}

    def clock(self) -> datetime:
        return self.now

    def pick(self, number: int) -> str:
        return f"p{number % len(self.oracle.papers)}"

    # -- what can happen ---------------------------------------------------------------------------

    @rule(who=people, chosen=st.sets(names, min_size=1, max_size=2), hours=st.integers(1, 5))
    def grant(self, who: str, chosen: set[int], hours: int) -> None:
        papers = frozenset(self.pick(n) for n in chosen)
        until = self.now + timedelta(hours=hours)
        wanted = GrantRequest(who, tuple(self.id_of[p] for p in papers), "", "协查", until)
        made = self.granting.give(wanted, OPERATOR)
        self.oracle.permits[made.grant.grant_id] = Permit(who, papers, "", until)

    @rule(who=people, case=st.sampled_from(CASES[1:]), hours=st.integers(1, 5))
    def grant_case(self, who: str, case: str, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        made = self.granting.give(GrantRequest(who, (), case.lower(), "联办", until), OPERATOR)
        self.oracle.permits[made.grant.grant_id] = Permit(who, frozenset(), case, until)

    @precondition(lambda self: self.oracle.permits)
    @rule(number=st.integers(0, 20))
    def revoke(self, number: int) -> None:
        grant_id = sorted(self.oracle.permits)[number % len(self.oracle.permits)]
        self.granting.revoke(grant_id, OPERATOR)
        self.oracle.permits[grant_id].revoked = True

    @rule(hours=st.integers(1, 3))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(number=names, region=st.sampled_from(REGIONS))
    def move_region(self, number: int, region: str) -> None:
        name = self.pick(number)
        with exclusive(self.archive.engine) as session:
            chosen = DocumentRow.doc_id == self.id_of[name]
            session.execute(update(DocumentRow).where(chosen).values(region=region))
            facts_changed(session)
        self.oracle.papers[name].region = region

    @rule(number=names, insurance=st.sampled_from(sorted(OF_LINE)))
    def reclassify(self, number: int, insurance: str) -> None:
        name, truth = self.pick(number), Truth((insurance,), None)
        store = SqlClassificationStore(self.archive.engine, self.archive.sealer)
        document = store.document(self.id_of[name])
        store.claim(Claim(self.id_of[name], "r", self.now, self.now + timedelta(minutes=30)))
        verdict = ReviewVerdict.CORRECTED
        review = ClassificationReview(self.id_of[name], verdict, "r", self.now, truth, document.predicted)
        store.decide(review, becomes(document, truth))
        self.oracle.papers[name].insurance = insurance

    @rule(number=names, state=st.sampled_from(["withdrawn", "withdrawn", "held"]))
    def delete_or_restore(self, number: int, state: str) -> None:
        self.archive.store.set_state(self.id_of[self.pick(number)], state)
        self.oracle.papers[self.pick(number)].state = state

    @precondition(lambda self: len(self.oracle.papers) < 8)
    @rule(paper=papers)
    def deposit(self, paper: Paper) -> None:
        name = f"p{len(self.oracle.papers)}"
        (outcome,) = self.archive.ingest(record(name, f"退休审批表 {name}", metadata=metadata(paper)))
        assert outcome.doc_id is not None
        self.id_of[name] = outcome.doc_id
        self.oracle.papers[name] = paper

    @rule(text=st.sampled_from([NARROW, shipped_text()]))
    def activate(self, text: str) -> None:
        self.policies.activate(text, "试", OPERATOR, self.access.latest_version())
        self.oracle.clerks_see = text != NARROW

    @rule(who=people, closed=st.booleans())
    def close_account(self, who: str, closed: bool) -> None:
        self.accounts.set_disabled(who, disabled=closed)
        (self.oracle.closed.add if closed else self.oracle.closed.discard)(who)

    @rule()
    def reindex(self) -> None:
        self.archive.keeper.rebuild(self.archive.embedder, lambda _: None)

    @rule()
    def restart(self) -> None:
        self.archive.close()
        self.open()

    @precondition(lambda self: len(self.oracle.papers) < 8)
    @rule(paper=papers, written=st.booleans())
    def crash_between_store_and_index(self, paper: Paper, written: bool) -> None:
        """The store has it; the process ends before the index does, or before it is switched to."""
        self.deposit(paper)
        if written:
            with patch("indexer.generations.switch_to", side_effect=Killed), suppress(Killed):
                self.archive.keeper.catch_up()
        self.restart()

    @rule(kept=st.booleans())
    def restore_index(self, kept: bool) -> None:
        """The index is lost, or an old copy of it is put back; the store is what it is."""
        self.archive.close()
        index = self.folder / "state" / "index"
        shutil.rmtree(index)
        if kept:
            shutil.copytree(template() / "index", index)
        self.open()

    # -- what must hold ----------------------------------------------------------------------------

    def expected(self, who: str) -> set[str]:
        return {name for name in self.oracle.papers if self.oracle.sees(who, name, self.now)}

    @invariant()
    def index_and_store_show_what_the_oracle_says(self) -> None:
        self.turn += 1
        self.check(sorted(PEOPLE)[self.turn % len(PEOPLE)])  # one after another, and all at the end

    def check(self, *asking: str) -> None:
        if not hasattr(self, "archive"):
            return
        served, store = self.archive.keeper.served(), self.archive.store
        assert served is not None
        for who in asking:
            now_is = store.standing(principal_of(who))
            among = served.visible(reach_of(now_is, self.now))
            shown = {served.doc_id_of(row) for row in among.row_numbers.tolist()}
            wanted = {self.id_of[name] for name in self.expected(who)}
            assert shown == wanted, who
            assert store.permitted(self.id_of.values(), principal_of(who), self.now, EVERYTHING) == wanted, (
                who
            )

    @rule(who=people)
    def ask(self, who: str) -> None:
        hits = self.searcher.search(Query("退休审批表", 50), principal_of(who))
        assert {hit.source_id for hit in hits} == self.expected(who)

    @precondition(lambda self: self.oracle.papers)
    @rule(who=people, number=names)
    def read_and_explain(self, who: str, number: int) -> None:
        name = self.pick(number)
        visible = name in self.expected(who)
        told = self.policies.explain(who, self.id_of[name], "", OPERATOR)
        assert told.explanation.visible == visible
        if who == "admin":
            return
        if visible:
            assert self.reader.read(self.id_of[name], principal_of(who)).pages
        else:
            with pytest.raises(NotVisible):
                self.reader.read(self.id_of[name], principal_of(who))

    def teardown(self) -> None:
        try:
            self.check(*PEOPLE)
        finally:
            if hasattr(self, "archive"):
                self.archive.close()
            shutil.rmtree(self.folder, ignore_errors=True)


_RUNS = int(os.environ.get("CHADANG_MODEL_RUNS", "200"))
TestArchiveModel = pytest.mark.timeout(3600)(pytest.mark.slow(ArchiveMachine.TestCase))
ArchiveMachine.TestCase.settings = settings(
    max_examples=_RUNS,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_the_oracle_is_short_enough_to_be_believed() -> None:
    source = Path(access_oracle.__file__).read_text("utf-8").splitlines()
    assert sum(bool(line.strip()) for line in source) <= 60
