"""Why somebody sees a document or not, rule by rule, each with the clause it rests on.

For operators and demonstrations only: the sentences speak about the document, so they are never part
of an answer to the principal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from models.access.facts import DocumentFacts
from models.access.grants import Grant
from models.access.policy import Demand, demands, hindrance, reach_of, rules_for, unlifted
from models.access.principal import Principal
from models.access.rules import Clause, Condition, SightRule
from models.access.scope import holds


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition as it was judged; ``basis`` is the clause it rests on."""

    condition: Condition
    fits: bool
    says: str
    basis: Clause


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which the document could be visible: a rule, or a grant with what the rule still asks."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def opens(self) -> bool:
        return all(finding.fits for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Explanation:
    """``hindrance`` keeps the account from every document; else one open way is enough."""

    visible: bool
    hindrance: Finding | None
    ways: tuple[Way, ...]


def explain(principal: Principal, facts: DocumentFacts, now: datetime) -> Explanation:
    """Return the verdict of the policy in force with every condition that led to it."""
    barred = hindrance(principal, now)
    if barred is not None:
        condition, says = barred
        finding = Finding(condition, fits=False, says=says, basis=principal.policy.clauses[condition])
        return Explanation(visible=False, hindrance=finding, ways=())
    visible = holds(reach_of(principal, now), facts)
    return Explanation(visible, None, tuple(_ways(principal, facts, now)))


def reasons_against(principal: Principal, facts: DocumentFacts, now: datetime) -> tuple[str, ...]:
    """Return, in Chinese, why the principal does not see the document; empty when it is visible.

    Of several rules the one that comes closest is told, the first where some come equally close.
    """
    told = explain(principal, facts, now)
    if told.hindrance is not None:
        return (told.hindrance.says,)
    if told.visible:
        return ()
    posts = [way for way in told.ways if all(f.condition is not Condition.GRANT for f in way.findings)]
    failed = [tuple(f.says for f in way.findings if not f.fits) for way in posts]
    return min(failed, key=len)


def _ways(principal: Principal, facts: DocumentFacts, now: datetime) -> Iterator[Way]:
    for rule in rules_for(principal):
        asked = demands(rule, principal)
        yield Way(f"规则“{rule.rule_id}”", tuple(_judged(principal, d, facts) for d in asked))
    for grant in principal.grants:
        for rule in rules_for(principal):
            yield _by_grant(principal, grant, rule, facts, now)


def _by_grant(
    principal: Principal, grant: Grant, rule: SightRule, facts: DocumentFacts, now: datetime
) -> Way:
    basis = principal.policy.clauses[Condition.GRANT]
    own, in_force = holds(grant.covers, facts), grant.holds_at(now)
    state = "有效" if in_force else ("已撤销" if grant.revoked_at else "已到期")
    says = f"授权{'列有' if own else '没有列'}这份档案，{state}"
    first = Finding(Condition.GRANT, fits=own and in_force, says=says, basis=basis)
    rest = tuple(_judged(principal, demand, facts) for demand in unlifted(rule, principal))
    return Way(f"授权 {grant.grant_id}（按规则“{rule.rule_id}”）", (first, *rest))


def _judged(principal: Principal, demand: Demand, facts: DocumentFacts) -> Finding:
    fits = holds(demand.predicate, facts)
    basis = principal.policy.clauses[demand.condition]
    return Finding(demand.condition, fits, demand.so if fits else demand.otherwise, basis)
