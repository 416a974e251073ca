"""One person whom many accounts look at: those who open the file, and those who only ask for it."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.supervision.alerts import Signal
from models.supervision.asked import Asked
from models.supervision.facts import Opened
from models.supervision.rules import CrowdRule
from models.supervision.statistics import count_tail
from models.supervision.wording import over_days

Asks = tuple[str, Asked]
"""Account and whom it asked for."""


@dataclass(slots=True)
class _Tally:
    """How often what was seen with what, in the days of the window."""

    of: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, one: str, other: str, sign: int) -> None:
        counter = self.of[one]
        counter[other] += sign
        if not counter[other]:
            del counter[other]
        if not counter:
            del self.of[one]

    def get(self, one: str) -> Counter[str]:
        return self.of.get(one, Counter())


@dataclass(slots=True)
class _Entries:
    day: date
    opened: list[tuple[str, str, int]]
    asked: list[Asks]


@dataclass(slots=True)
class Crowds:
    """Who opened or asked for whom in the last days; people by keyed marks.

    The mark of a question stands for the holder whose file most of those opened who asked for it, and for
    itself where nobody opened one. A name that is asked for anyway, because many bear it, makes no crowd.
    """

    rule: CrowdRule
    office_of: Callable[[str], str]
    history_days: int
    _days: deque[_Entries] = field(default_factory=deque)
    _before: deque[list[Asks]] = field(default_factory=deque)
    """What was asked in the days before the window."""
    _usual: Counter[str] = field(default_factory=Counter)
    _openers: _Tally = field(default_factory=_Tally)
    """Holder to accounts."""
    _askers: _Tally = field(default_factory=_Tally)
    """Mark to accounts."""
    _left: _Tally = field(default_factory=_Tally)
    """Mark to the accounts that opened nobody's file."""
    _led: _Tally = field(default_factory=_Tally)
    """Mark to the holders whose files were opened from the answers."""
    _marks: _Tally = field(default_factory=_Tally)
    """Holder to the marks that led there."""

    def day(
        self, day: date, opened: Iterable[tuple[str, Opened]], asked: Iterable[Asks] = ()
    ) -> list[list[Signal]]:
        """Add a day and return, for every person looked at by too many, one signal an account."""
        today = _Entries(day, [(o.holder, account, o.seq) for account, o in opened], list(asked))
        self._days.append(today)
        self._count(today, 1)
        while len(self._days) > self.rule.window_days:
            self._leaves(self._days.popleft())
        touched = dict.fromkeys(holder for holder, _, _ in today.opened)
        touched |= dict.fromkeys(self._stands_for(one.mark) for _, one in today.asked)
        crowded = {person: accounts for person in touched if (accounts := self._crowd(person))}
        return [self._signals(person, accounts, day) for person, accounts in self._apart(crowded).items()]

    def known_as(self, person: str) -> list[str]:
        """Return the marks under which a crowd about this person may have been told before."""
        return list(dict.fromkeys([person, *self._marks_for(person)]))

    # -- the window --------------------------------------------------------------------------

    def _count(self, entries: _Entries, sign: int) -> None:
        for holder, account, _ in entries.opened:
            self._openers.count(holder, account, sign)
        for account, one in entries.asked:
            self._askers.count(one.mark, account, sign)
            if one.holder:
                self._led.count(one.mark, one.holder, sign)
                self._marks.count(one.holder, one.mark, sign)
            else:
                self._left.count(one.mark, account, sign)

    def _leaves(self, entries: _Entries) -> None:
        self._count(entries, -1)
        self._before.append(entries.asked)
        self._usual.update(one.mark for _, one in entries.asked)
        if len(self._before) > self.history_days:
            self._usual.subtract(one.mark for _, one in self._before.popleft())
            self._usual = +self._usual

    def _stands_for(self, mark: str) -> str:
        led = self._led.get(mark)
        holder, times = led.most_common(1)[0] if led else ("", 0)
        return holder if times * 2 > led.total() else mark

    def _marks_for(self, person: str) -> list[str]:
        """Return the marks that stand for a person: a holder's, or the one of a question itself."""
        if person in self._askers.of:
            return [person]
        return [mark for mark in self._marks.get(person) if self._stands_for(mark) == person]

    # -- who makes a crowd -------------------------------------------------------------------

    def _crowd(self, person: str) -> set[str]:
        """Return the accounts of a crowd, none where there is no crowd."""
        openers, marks = set(self._openers.get(person)), self._marks_for(person)
        # Who bears a name is known of those only who opened the file: the others may mean somebody else.
        asked = self._left if person in marks else self._askers
        everybody = openers.union(*(asked.get(mark) for mark in marks))
        if everybody > openers and self._many(everybody) and self._unusual(len(everybody), marks):
            crowd = everybody
        else:
            crowd = openers if self._many(openers) else set()
        return crowd if crowd and self._alike(person, len(crowd)) <= self.rule.others else set()

    def _many(self, accounts: set[str]) -> bool:
        if len(accounts) < self.rule.accounts_apart:
            return False
        offices = {self.office_of(account) for account in accounts}
        return len(accounts) >= self.rule.accounts or len(offices) >= self.rule.offices

    def _unusual(self, accounts: int, marks: Sequence[str]) -> bool:
        """Whether far more ask than did before; nobody can say so before enough days are known."""
        if len(self._before) < self.rule.asked_days:
            return False
        a_window = self.rule.window_days / len(self._before)
        mean = self.rule.asked_anyway + sum(self._usual[mark] for mark in marks) * a_window
        return count_tail(accounts, mean, self.rule.asked_dispersion) <= self.rule.asked_tail

    def _alike(self, person: str, accounts: int) -> int:
        """Return how many other people as many accounts look at; one of many questions counts once."""
        holders = {h for h, lookers in self._openers.of.items() if len(lookers) >= accounts}
        marks = [m for m, askers in self._left.of.items() if len(askers) >= accounts]
        others = {frozenset(self._questions(m)) for m in marks if self._stands_for(m) == m != person}
        own = frozenset(self._questions(person)) if person in self._askers.of else None
        return len(holders - {person}) + len(others - {own})

    def _questions(self, mark: str) -> set[tuple[date, str, int]]:
        return {
            (e.day, account, one.question) for e in self._days for account, one in e.asked if one.mark == mark
        }

    def _apart(self, crowded: dict[str, set[str]]) -> dict[str, set[str]]:
        """Leave out a number or name that was only asked for together with another one of these."""
        asked = {person: self._questions(person) for person in crowded if person in self._askers.of}
        kept: list[set[tuple[date, str, int]]] = []
        for person in sorted(asked, key=lambda p: (-len(asked[p]), p)):
            if any(asked[person] <= more for more in kept):
                del crowded[person]
            else:
                kept.append(asked[person])
        return crowded

    def _signals(self, person: str, accounts: set[str], day: date) -> list[Signal]:
        rule, marks = self.rule, set(self._marks_for(person))
        offices = {self.office_of(account) for account in accounts}
        seqs: dict[str, set[int]] = defaultdict(set)
        first = day
        for entries in self._days:
            looks = [(account, seq) for who, account, seq in entries.opened if who == person]
            looks += [(account, one.seq) for account, one in entries.asked if one.mark in marks]
            for account, seq in looks:
                if account in accounts:
                    seqs[account].add(seq)
                    first = min(first, entries.day)
        says = rule.says.format(when=over_days(first, day), count=len(accounts), offices=len(offices))
        score = rule.score + 0.4 * (len(accounts) - rule.accounts_apart)
        return [
            Signal("crowd", a, day, score, says, tuple(sorted(s)), about=person)
            for a, s in sorted(seqs.items())
        ]
