"""The wire format agrees with the domain's tables."""

from __future__ import annotations

from typing import get_args

import pytest

from api.routers.analysis import TextIn
from api.routers.documents import metadata_of
from api.routers.search_schemas import SearchRequest
from api.schemas import Insurance, field_names
from indexer.answers import Filters, Query
from models.archive.taxonomy import insurance_types
from models.errors import InvalidInput


def test_insurance_names_are_those_of_the_table() -> None:
    assert get_args(Insurance) == tuple(insurance_types())


def test_a_search_request_becomes_a_query() -> None:
    sent = SearchRequest.model_validate(
        {
            "query": "工伤认定",
            "limit": 3,
            "filters": {
                "insurance_types": ["工伤"],
                "material_types": ["工伤认定"],
                "region_prefix": "5001",
                "year_from": 2018,
            },
        }
    )
    assert sent.to_query() == Query("工伤认定", 3, Filters(("工伤",), ("工伤认定",), "5001", 2018, None))


def test_only_names_of_the_contract_are_known() -> None:
    assert {"query", "filters", "year_from", "password", "body"} <= field_names()
    assert set(TextIn.model_fields) <= field_names()
    assert "110105" not in field_names()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        pytest.param("", {}, id="left out"),
        pytest.param(
            '{"题名": "退休审批表", "insurance_type": ["养老"]}',
            {"题名": "退休审批表", "insurance_type": ["养老"]},
            id="object",
        ),
    ],
)
def test_metadata_is_an_object_of_words(text: str, fields: dict[str, object]) -> None:
    assert metadata_of(text) == fields


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "1",
        "{",
        '{"a": {"b": 1}}',
        '{"a": [1]}',
        '{"a": true}',
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        "[" * 100_000,
    ],
    ids=["list", "number", "torn", "nested", "numbers in a list", "truth", "NaN", "lone surrogate", "deep"],
)
def test_any_other_metadata_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        metadata_of(text)
