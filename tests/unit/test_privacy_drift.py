"""Drift of what is found, month by month."""

from __future__ import annotations

from models.privacy.drift import LEAST_TRIALS, MonthlyShare, drifts


def test_a_fall_in_the_latest_month_is_told_with_both_shares() -> None:
    shares = [
        MonthlyShare("2026-09", "个人身份信息", 90, 100),
        MonthlyShare("2026-10", "个人身份信息", 92, 100),
        MonthlyShare("2026-11", "个人身份信息", 40, 100),
        MonthlyShare("2026-11", "其他信息", 40, 100),
    ]
    (drift,) = drifts(shares)
    assert (drift.month, drift.name) == ("2026-11", "个人身份信息")
    assert (drift.before.value, drift.now.value) == (0.91, 0.4)


def test_chance_and_few_documents_are_no_drift() -> None:
    assert drifts([MonthlyShare("1", "a", 90, 100), MonthlyShare("2", "a", 86, 100)]) == ()
    few = LEAST_TRIALS - 1
    assert drifts([MonthlyShare("1", "a", 90, 100), MonthlyShare("2", "a", 0, few)]) == ()
    assert drifts([MonthlyShare("1", "a", few, few), MonthlyShare("2", "a", 0, 100)]) == ()
    assert len(drifts([MonthlyShare("1", "a", 100, 100), MonthlyShare("2", "a", 0, LEAST_TRIALS)])) == 1


def test_an_old_change_is_no_alarm_today() -> None:
    months = [MonthlyShare(f"2026-{m:02}", "a", 10 if m < 4 else 90, 100) for m in range(1, 12)]
    assert drifts(months) == ()
    assert drifts([]) == ()
