"""What is remembered of the days before: own history, that of the post, and what the office has in common."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median

from models.supervision.asked import Place, people_in, unopened
from models.supervision.facts import DayFacts, Opened, first_of_each_holder
from models.supervision.looks import Staff
from models.supervision.posts import NOT_TAKEN, PostDay, moments
from models.supervision.rules import Rules
from models.supervision.statistics import dispersion_of, tempered

GROUPS = ("employer", "village", "surname")
WINDOW_DAYS = 19
"""Days before today in the longest window of a group or walk rule."""
FEATURES = (
    "people", "off_hours", "empty", "refused", "reveal", "export", "elsewhere", "unsearched", "caseless",
    "asked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day:
    """One remembered day of an account: its counts (order of `FEATURES`) and what it opened."""

    day: date
    counts: tuple[int, ...]
    opened: tuple[Opened, ...]
    """The first opening of every holder."""
    facts: DayFacts
    """The rest of it, without what was opened."""
    accounted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Rule id to the holders that registered tasks account for."""

    def unaccounted(self, rule: str) -> list[Opened]:
        """Return what was opened of holders no task accounts for, as far as the rule is concerned."""
        spoken_for = self.accounted.get(rule)
        return [o for o in self.opened if o.holder not in spoken_for] if spoken_for else list(self.opened)


@dataclass(frozen=True, slots=True)
class Expected:
    """What ordinary work of a day, or of a window, would be."""

    mean: float
    dispersion: float


@dataclass(slots=True)
class Window:
    """What one account opened in its last days, counted, so that most days need no second look."""

    groups: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in GROUPS})
    numbers: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, one: Day, sign: int) -> None:
        for opened in one.opened:
            for group, counter in self.groups.items():
                counter[getattr(opened, group)] += sign
            if opened.number is not None:
                self.numbers[opened.series][opened.number] += sign


@dataclass(slots=True)
class Memory:
    """Grows by a day at a time; `expected` and `group_share` never look at the day that is judged."""

    rules: Rules
    staff: Mapping[str, Staff]
    days: dict[str, deque[Day]] = field(default_factory=dict)
    last_look: dict[str, date] = field(default_factory=dict)
    regions: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Holders opened by region, of an office."""
    windows: dict[str, Window] = field(default_factory=lambda: defaultdict(Window))
    told: dict[tuple[str, str], date] = field(default_factory=dict)
    """Account and rule to the last day an alert has shown: a window begins after it."""
    _post_days: dict[str, deque[PostDay]] = field(default_factory=dict)
    _office_groups: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, day: date, new: Iterable[Day]) -> None:
        """Remember a finished day of everybody."""
        sums: dict[str, PostDay] = {}
        for one in new:
            account = one.facts.account
            staff = self.staff[account]
            kept = self.days.setdefault(account, deque())
            kept.append(one)
            self._count_groups(staff.office, one, 1)
            self.windows[account].count(one, 1)
            if len(kept) > WINDOW_DAYS:
                self.windows[account].count(kept[-WINDOW_DAYS - 1], -1)
            if len(kept) > self.rules.statistics.history_days:
                self._count_groups(staff.office, kept.popleft(), -1)
            self.last_look[account] = day
            sums.setdefault(staff.post, PostDay(len(FEATURES))).add(one.counts)
        for post, entry in sums.items():
            held = self._post_days.setdefault(post, deque(maxlen=self.rules.statistics.baseline_days))
            held.append(entry)

    def _count_groups(self, office: str, one: Day, sign: int) -> None:
        for opened in one.opened:
            if opened.region:
                self.regions[office][opened.region] += sign
            for group in GROUPS:
                value = getattr(opened, group)
                if value:
                    counter = self._office_groups[office, group]
                    counter[value] += sign
                    counter[""] += sign

    def recent(self, account: str, days: int) -> list[Day]:
        """Return up to ``days`` remembered working days, the oldest first."""
        kept = self.days.get(account, ())
        return list(kept)[-days:] if days else []

    def untold(self, account: str, rule: str, days: int) -> list[Day]:
        """Return the last ``days`` remembered working days, but those an alert of this rule has shown."""
        told = self.told.get((account, rule))
        recent = self.recent(account, days)
        return recent if told is None else [d for d in recent if d.day > told]

    def knows(self, account: str, feature: int = 0) -> bool:
        """Whether there are days enough, own or of the post, to say what is usual of a feature."""
        post = self._post_days.get(self.staff[account].post, ())
        return self.days_known(account, feature) >= 5 or sum(d.accounts[feature] > 0 for d in post) >= 5

    def days_known(self, account: str, feature: int) -> int:
        """Return on how many remembered working days of an account the feature was counted."""
        return sum(d.counts[feature] != NOT_TAKEN for d in self.days.get(account, ()))

    def usual_region(self, staff: Staff, region: str) -> bool:
        """Whether at least one of 50 holders the office has opened lately belongs to the region."""
        known = self.regions[staff.office]
        total = known.total()
        return not region or total < 50 or known[region] * 50 >= total

    def expected(self, account: str, feature: int, skip: int) -> Expected:
        """Return what a day is expected to have, from the days before the last ``skip`` remembered ones.

        Own history and the post's, weighted by how long the own one is.
        """
        statistics = self.rules.statistics
        kept = list(self.days.get(account, ()))
        past = kept[: len(kept) - skip] if skip else kept
        last = [d.counts[feature] for d in past[-statistics.baseline_days :]]
        own = [count for count in last if count != NOT_TAKEN]
        mean, variance = tempered(own)
        post_mean, post_variance = self._post(self.staff[account].post, feature, skip)
        weight = len(own) / (len(own) + statistics.peer_weight_days)
        blended = weight * mean + (1 - weight) * post_mean
        spread = weight * variance + (1 - weight) * post_variance
        floor = 0.05
        return Expected(
            max(floor, blended),
            dispersion_of(max(floor, blended), spread, statistics.smallest_dispersion),
        )

    def post_mean(self, account: str, feature: int, *, last: int, skip: int = 0) -> float:
        """Return the post's mean a day over its ``last`` days before the last ``skip``."""
        held = list(self._post_days.get(self.staff[account].post, ()))
        chosen = held[: len(held) - skip][-last:] if skip else held[-last:]
        return moments(chosen, feature)[0]

    def _post(self, post: str, feature: int, skip: int) -> tuple[float, float]:
        held = list(self._post_days.get(post, ()))
        return moments(held[: len(held) - skip] if skip and len(held) > skip else held, feature)

    def group_share(self, account: str, group: str, value: str) -> float:
        """Return the share of holders with this value among those colleagues opened, smoothed."""
        counter = self._office_groups[self.staff[account].office, group]
        own: list[str] = [getattr(o, group) for d in self.days.get(account, ()) for o in d.opened]
        mine, all_mine = sum(v == value for v in own), sum(bool(v) for v in own)
        rest, others = counter[""] - all_mine, counter[value] - mine
        return float((max(0, others) + 0.5) / (max(0, rest) + 50.0))

    def busy(self, office: str, feature: int, today: Iterable[Day]) -> float:
        """Return how much more than usual the whole office does today, from 1 to a bound.

        The median over colleagues of today's count to the expected one: month's end, overtime for all.
        """
        ratios = []
        for one in today:
            if self.staff[one.facts.account].office == office:
                usual = self.expected(one.facts.account, feature, 0).mean
                ratios.append((one.counts[feature] + 0.5) / (usual + 0.5))
        if len(ratios) < 4:
            return 1.0
        most = self.rules.statistics.most_of_a_busy_day
        middle: float = median(ratios)
        return min(most, max(1.0, middle))


def remembered(facts: DayFacts, known: Memory, accounted: Mapping[str, frozenset[str]]) -> Day:
    """Return the day as it is remembered and judged.

    ``accounted``: rule id to the holders that a registered task accounts for; the rule does not count them.
    """
    staff, opened = known.staff[facts.account], first_of_each_holder(facts.opened)
    recent = known.recent(facts.account, 20)
    before = {o.holder for d in recent for o in d.opened}
    cases = any(o.case for o in opened) or any(o.case for d in recent[-5:] for o in d.opened)

    def holders(rule: str, *, where: Callable[[Opened], bool]) -> int:
        spoken_for = accounted.get(rule, frozenset())
        return sum(o.holder not in spoken_for and where(o) for o in opened)

    counts = (
        holders("volume", where=lambda _: True),
        holders("off_hours", where=lambda o: o.off),
        _times("probing", facts.empty, accounted),
        _times("refused", facts.refused, accounted),
        _times("reveal", facts.reveals, accounted),
        _times("export", facts.exports, accounted),
        holders("elsewhere", where=lambda o: not known.usual_region(staff, o.region)),
        holders("unsearched", where=lambda o: not o.shown and o.holder not in before),
        holders("caseless", where=lambda o: not o.case) if cases else 0,
        0 if "fishing" in accounted else people_in(unopened(facts.asked)),
    )
    return Day(facts.day, counts, tuple(opened), replace(facts, opened=()), accounted)


def _times(rule: str, places: Sequence[Place], accounted: Mapping[str, frozenset[str]]) -> int:
    return 0 if rule in accounted else len(places)
