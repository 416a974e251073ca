"""`make bench-entries`: the data-entry audit on generated documents with defects put in on purpose.

Precision and recall per rule. Detections come from the privacy pass (rules only: names are not needed), not
from the gold labels. A contradiction between the catalogue's number and the text counts as a false alarm
here where the generator did not label it, although most of these are real: the generator labels a defect only
where the text alone shows it.
"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import date

from models.entry_audit.checks import Entered, audited
from models.privacy.presidio import PresidioDetector
from training.synthetic.documents import generate

DOCUMENTS, SEED = 3000, 78
TODAY = date(2026, 11, 22)
RULES = {
    "birth_mismatch": "birth-vs-id",
    "sex_mismatch": "sex-vs-id",
    "dates_reversed": "dates-reversed",
    "retention_wrong": "retention-vs-material",
    "formed_on_missing": "required-missing",
    "insurance_wrong": "insurance-vs-material",
    "holder_missing": "holder-missing",
}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    detector = PresidioDetector.load(names=False)
    right: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    for document in generate(count, SEED):
        detections = detector.detect(list(document.pages), groups=[0] * len(document.pages))
        pages = [
            (n, text, found)
            for n, (text, found) in enumerate(zip(document.pages, detections, strict=True), start=1)
        ]
        said = {item.rule for item in audited(Entered(document.catalogue, pages, None, TODAY))}
        true = {RULES[defect] for defect in document.defects if defect in RULES}
        right.update(said & true)
        missed.update(true - said)
        alarms.update(said - true)
    print(f"{count} documents, seed {SEED}")
    print(f"{'rule':<24}{'defects':>8}{'found':>7}{'other':>7}{'recall':>8}{'precision':>11}")
    for rule in sorted(set(RULES.values())):
        true_count = right[rule] + missed[rule]
        recall = f"{right[rule] / true_count:.3f}" if true_count else "–"
        said_count = right[rule] + alarms[rule]
        precision = f"{right[rule] / said_count:.3f}" if said_count else "–"
        print(f"{rule:<24}{true_count:>8}{right[rule]:>7}{alarms[rule]:>7}{recall:>8}{precision:>11}")
    print("not planted:", {rule: n for rule, n in alarms.items() if rule not in RULES.values()})


if __name__ == "__main__":
    main()
