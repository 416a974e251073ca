"""A masked table that is handed over computes nothing in the spreadsheet of whoever gets it."""

from __future__ import annotations

import csv
import io

import pytest

from indexer.parsing.limits import Budget, ParsingLimits
from indexer.redaction.tables import masked_csv
from models.privacy.masking import profile


@pytest.mark.parametrize(
    ("cell", "handed_over"),
    [
        ('=cmd|"/c calc"!A1', '\'=cmd|"/c calc"!A1'),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+86-139", "'+86-139"),
        ("＝1+1", "'＝1+1"),
        ("-1250.50", "-1250.50"),
        ("-1,250", "-1,250"),
        ("工伤", "工伤"),
    ],
)
def test_no_cell_of_a_masked_table_is_a_formula(cell: str, handed_over: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["单位", "险种"], ["某厂", cell], ["某店", "养老"]])
    made = masked_csv(
        out.getvalue().encode(), Budget(ParsingLimits()), lambda texts: [[] for _ in texts], profile("clerk")
    )
    assert made is not None
    rows = list(csv.reader(io.StringIO(made[0].decode("utf-8-sig"))))
    assert rows[1] == ["某厂", handed_over]
