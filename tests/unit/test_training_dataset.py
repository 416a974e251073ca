from __future__ import annotations

from collections import defaultdict
from itertools import islice

import pytest

from models.privacy.detections import DetectionKind
from tests.fakes_classifier import SMALL_RUN
from training.configs import SHIPPED, builtin_config, read_config
from training.dataset import build, digest_of, from_documents, masked_pages
from training.synthetic.documents import SyntheticDocument, generate

_NAMING = {
    DetectionKind.PERSON,
    DetectionKind.RESIDENT_ID,
    DetectionKind.PHONE,
    DetectionKind.BANK_CARD,
    DetectionKind.SSC_CARD,
}


@pytest.fixture(scope="module")
def documents() -> list[SyntheticDocument]:
    return list(islice(generate(88, 5), 88))


def test_no_name_or_number_of_a_person_is_learnt_from(documents: list[SyntheticDocument]) -> None:
    for document in documents:
        shown = "\n".join(masked_pages(document, keep_diagnoses=True))
        for page, spans in zip(document.pages, document.spans, strict=True):
            values = {page[a:b] for a, b, kind in spans if kind in _NAMING and b - a > 4}
            assert not [v for v in values if v in shown], document.source_id


def test_diagnoses_are_kept_in_every_other_document(documents: list[SyntheticDocument]) -> None:
    ill = next(d for d in documents if any(k is DetectionKind.DIAGNOSIS for p in d.spans for _, _, k in p))
    number, (start, end, _) = next(
        (i, s) for i, page in enumerate(ill.spans) for s in page if s[2] is DetectionKind.DIAGNOSIS
    )
    value = ill.pages[number][start:end]
    assert value in masked_pages(ill, keep_diagnoses=True)[number]
    hidden = masked_pages(ill, keep_diagnoses=False)[number]
    assert hidden.count(value) < ill.pages[number].count(value)


def test_a_document_and_its_pieces_share_group_and_labels(documents: list[SyntheticDocument]) -> None:
    examples = list(from_documents(documents))
    groups = defaultdict(list)
    for example in examples:
        groups[example.group].append(example)
    assert len(groups) == len(documents)
    for group, document in zip(groups.values(), documents, strict=True):
        assert {e.held_out for e in group} in ({True}, {False})
        assert {(e.label, *e.secondary) for e in group} == {document.insurance_types}
        assert {e.material for e in group} == {document.material_type}


def test_a_run_is_made_again_from_its_config() -> None:
    first, again = build(SMALL_RUN), build(SMALL_RUN)
    assert digest_of(first) == digest_of(again)
    assert digest_of(first[1:]) != digest_of(first)
    assert {e.held_out for e in first} == {True, False}


def test_the_shipped_config_reads_and_an_unknown_field_does_not(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert builtin_config().name == SHIPPED == "classifier-v4"
    path = tmp_path / "run.toml"
    path.write_text('name = "x"\n[policy]\naccept_from = 0.5\n', "utf-8")
    with pytest.raises(TypeError):
        read_config(path)
