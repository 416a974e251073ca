"""Numbers whose form says what they are, whatever the label before them or the model says."""

from __future__ import annotations

import re
from dataclasses import replace

from models.privacy.checksums import compact, is_plausible_resident_id
from models.privacy.detections import Detection, DetectionKind

_UNSURE = frozenset(
    {
        DetectionKind.RESIDENT_ID,
        DetectionKind.BANK_CARD,
        DetectionKind.SSC_CARD,
        DetectionKind.PERSON_NO,
        DetectionKind.OTHER_CERT,
    }
)
_RESIDENT_ID = re.compile(r"[1-8]\d{5}(?:19|20)\d{9}[\dX]|[1-8]\d{14}", re.ASCII)
_ORGANISATION = re.compile(r"9[1-3]\d{6}[0-9A-HJ-NP-RTUWXY]{10}", re.ASCII)
"""Enterprises, sole traders and cooperatives (GB 32100-2015, table 1): no province begins with 9."""

_PASSPORT = re.compile(r"E[A-HJ-NP-Z]\d{7}", re.ASCII)
"""Ordinary passports since the one-letter series was used up."""


def named_by_form(text: str, found: Detection) -> Detection:
    """Return the detection, its kind put right where a number can be one thing only.

    A resident ID holds a province and a date of birth (GB 11643); its check character may be misread.
    """
    if found.kind not in _UNSURE:
        return found
    number = compact(text[found.start : found.end])
    if _RESIDENT_ID.fullmatch(number) and is_plausible_resident_id(number):
        return replace(found, kind=DetectionKind.RESIDENT_ID)
    if _ORGANISATION.fullmatch(number):
        return replace(found, kind=DetectionKind.USCC)
    if _PASSPORT.fullmatch(number):
        return replace(found, kind=DetectionKind.PASSPORT)
    return found
