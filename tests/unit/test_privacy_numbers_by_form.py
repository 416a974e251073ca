"""Numbers that are named by their form, whatever a label or the model called them."""

import pytest

from models.privacy.detections import Detection, DetectionKind
from models.privacy.number_forms import named_by_form


@pytest.mark.parametrize(
    ("value", "said", "named"),
    [
        pytest.param("510298196403120048", "OTHER_CERT", "RESIDENT_ID", id="an identity number behind 证号"),
        pytest.param("5102 9819 6403 1200 4X", "BANK_CARD", "RESIDENT_ID", id="spaced like a card"),
        pytest.param("622998651209133", "BANK_CARD", "RESIDENT_ID", id="fifteen digits"),
        pytest.param("91510298072907380X", "RESIDENT_ID", "USCC", id="no province begins with nine"),
        pytest.param("9144 0298 5921 7704 4T", "BANK_CARD", "USCC", id="an organisation code in groups"),
        pytest.param("EH5826902", "SSC_CARD", "PASSPORT", id="passport of the two-letter series"),
        pytest.param("510298196413120048", "OTHER_CERT", "OTHER_CERT", id="no thirteenth month"),
        pytest.param("6222021300004471905", "BANK_CARD", "BANK_CARD", id="a card stays a card"),
        pytest.param("510298196403120048", "PHONE", "PHONE", id="other kinds are not asked"),
    ],
)
def test_a_number_is_named_by_its_form(value: str, said: str, named: str) -> None:
    text = f"编号：{value}，已登记"
    found = Detection(3, 3 + len(value), DetectionKind(said), 0.7, "sequence")
    assert named_by_form(text, found).kind.value == named
