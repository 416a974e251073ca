"""The proof itself: what a principal is told follows from what the principal may see, and nothing else.

An archive is taken through events. After each, everybody asks everything; whoever may see the same papers
as in an archive asked before must be told the same, byte for byte. Where nobody has asked an archive of
exactly those papers yet, one is built that holds them alone: the world without the hidden documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer.store.port import PreparedDocument
from models.access.principal import Principal
from tests.worlds.archive import Ground, grounds
from tests.worlds.asking import Desk, desk
from tests.worlds.reads import ABSENT, Question, told
from tests.worlds.world import PEOPLE, Event, Paper, Permit, Standing, differing, prepared

Told = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class World:
    """What is drawn: the papers, of which ``arriving`` come last, grants, events, and what is asked."""

    papers: tuple[Paper, ...]
    arriving: tuple[Paper, ...]
    permits: tuple[Permit, ...]
    events: tuple[Event, ...]
    asked: Question


@dataclass
class Prover:
    """Compares archives on two grounds: one with everything, one with what somebody may see."""

    everything: Ground
    alone: Ground
    desk: Desk
    people: Sequence[Principal] = tuple(PEOPLE.values())
    wanted: Callable[[str], bool] = lambda _: True
    """Which of the routes and commands are asked."""
    states: int = 0
    compared: int = 0
    pairs: int = 0
    """Archives with hidden documents, answers compared, and pairs of archives they were compared in."""
    _heard: dict[tuple[str, tuple[Paper, ...]], Told] = field(default_factory=dict)

    def prove(self, world: World) -> None:
        """Take a world through its events.

        Raises:
            AssertionError: somebody was told something else than in the archive without the hidden documents.
        """
        self._heard.clear()
        known = prepared([*world.papers, *world.arriving])
        whole = Standing(self.everything.cleared(), known, list(world.papers))
        whole.fill(world.permits)
        self._compare(whole, world)
        for event in world.events:
            whole.happen(event)
            self._compare(whole, world)
        for paper in world.arriving:
            whole.arrive(paper)
        if world.arriving:
            self._compare(whole, world)

    def _compare(self, whole: Standing, world: World) -> None:
        pairs = self.pairs
        about = [ABSENT, *(d.document.doc_id for d in whole.known.values())]
        for principal in self.people:
            own = whole.visible_to(principal)
            if len(own) == len(whole.papers):
                continue  # nothing is hidden from them
            here = self._asked(whole, principal, world.asked, about)
            there = self._told_alone(own, whole.known, principal, world, about)
            self.compared += len(here)
            self.pairs += 1
            wrong = differing(iter(here), iter(there))
            assert wrong is None, f"{principal.subject}: {wrong}"
        self.states += self.pairs > pairs

    def _told_alone(
        self,
        own: tuple[Paper, ...],
        known: dict[str, PreparedDocument],
        principal: Principal,
        world: World,
        about: Sequence[str],
    ) -> Told:
        if (principal.subject, own) not in self._heard:
            alone = Standing(self.alone.cleared(), known, list(own))
            alone.fill(world.permits)
            for one in self.people:  # whoever sees all there is here is spared an archive of their own
                if one is principal or alone.visible_to(one) == own:
                    self._heard[one.subject, own] = self._asked(alone, one, world.asked, about)
        return self._heard[principal.subject, own]

    def _asked(self, standing: Standing, principal: Principal, asked: Question, about: Sequence[str]) -> Told:
        self.desk.sit(standing.archive)
        self.desk.principal = principal
        return list(told(self.desk, asked, about, self.wanted))


@contextmanager
def prover() -> Iterator[Prover]:
    with grounds(PEOPLE, 2) as (everything, alone):
        first = next(iter(PEOPLE.values()))
        with desk(everything.cleared(), first) as made:
            yield Prover(everything, alone, made)
