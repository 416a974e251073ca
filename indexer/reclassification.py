"""What a person's word about a document changes in its record. Pure."""

from __future__ import annotations

from indexer.store.classification_port import ClassifiedDocument, Reclassified, Truth
from models.archive import taxonomy
from models.errors import InvalidInput

MAX_INSURANCES = 3
REVIEWED_NOTE = "险种、材料类型经人工复核"
RETENTION_NOTE = "保管期限按材料类型推定"
_DERIVED = ("险种由自动分类得出", "材料类型由自动分类得出", RETENTION_NOTE, REVIEWED_NOTE)
_OTHER = "其他"


def proposal(document: ClassifiedDocument) -> Truth:
    """Return what a confirmation confirms: the record, and where it is silent the classifier's best guess."""
    predicted = document.predicted
    return Truth(
        document.facts.insurance_types or (predicted.insurance_type,),
        document.facts.material_type or predicted.material_type,
    )


def checked(truth: Truth) -> Truth:
    """Return what a person says a document is.

    Raises:
        InvalidInput: an unknown or repeated label, too many, or 其他 beside another.
    """
    named = truth.insurance_types
    if not 1 <= len(named) <= MAX_INSURANCES or len(set(named)) < len(named):
        raise InvalidInput(f"请给出一个主险种，连同次要险种最多 {MAX_INSURANCES} 个，不重复。")
    if not set(named) <= set(taxonomy.insurance_types()):
        raise InvalidInput(f"险种应为 {'、'.join(taxonomy.insurance_types())} 之一。")
    if _OTHER in named and len(named) > 1:
        raise InvalidInput("“其他”表示不属于社保业务，不能与别的险种并列。")
    if truth.material_type is not None and truth.material_type not in taxonomy.material_types():
        raise InvalidInput("没有这种材料类型，请按材料类型表的简称填写；确实没有合适的就不填。")
    return truth


def becomes(document: ClassifiedDocument, truth: Truth) -> Reclassified:
    """Return the record a person's word makes.

    A line the catalogue named stays, as does a retention period it named: they decide who may see the
    document and how long it is kept. What was derived from insurance and material follows them.
    """
    lines = document.facts.lines
    if document.line_given is False:
        lines = taxonomy.lines_of(truth.insurance_types) or lines
    kept = [note for note in document.notes if not note.startswith(_DERIVED)]
    derived = any(note.startswith(RETENTION_NOTE) for note in document.notes)
    retention, due_on = document.retention, document.due_on
    material = taxonomy.material_types().get(truth.material_type or "")
    if material is not None and (derived or retention is None):
        retention = material.retention
        due_on = retention.due_on(document.formed_on) if document.formed_on else None
        kept.append(RETENTION_NOTE + ("" if material.verified else "（规则未核实）"))
    elif derived:
        kept.append(next(note for note in document.notes if note.startswith(RETENTION_NOTE)))
    return Reclassified(truth, lines, retention, due_on, (*kept, REVIEWED_NOTE))
