"""Masking, for any text and any detections."""

from hypothesis import given
from hypothesis import strategies as st

from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import MaskingProfile, Rendition, profile
from models.privacy.masking import mask as mask_with
from models.privacy.tokens import Tokeniser

PROFILES = [profile(name) for name in ("index", "clerk", "officer", "public", "research")]
STRICT = [profile(name) for name in ("officer", "public")]
TOKENS = Tokeniser(bytes(range(32)))
_TEXTS = st.text("张王欧阳三·省市区县街道镇年月日0123456789X xX-.@a\n，。〔〕\U0001f600\ud800", max_size=60)


def mask(text: str, detections: list[Detection], chosen: MaskingProfile) -> Rendition:
    return mask_with(text, detections, chosen, TOKENS)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Detection]]:
    text = draw(_TEXTS)
    place = st.integers(-2, len(text) + 2)
    kinds = st.sampled_from(DetectionKind)
    rows = draw(st.lists(st.tuples(place, place, kinds), max_size=8))
    return text, [Detection(min(a, b), max(a, b), kind, 1.0, "test") for a, b, kind in rows]


def _covered(text: str, detections: list[Detection], chosen: MaskingProfile) -> set[int]:
    return {
        i
        for d in detections
        if chosen.operators[d.kind].hides
        for i in range(max(0, d.start), min(d.end, len(text)))
    }


@given(cases(), st.sampled_from(PROFILES))
def test_text_outside_hidden_spans_is_untouched(
    case: tuple[str, list[Detection]], chosen: MaskingProfile
) -> None:
    text, detections = case
    rendition = mask(text, detections, chosen)
    covered = _covered(text, detections, chosen)
    assert covered == {i for span in rendition.masked for i in range(span.start, span.end)}
    open_source = "".join(c for i, c in enumerate(text) if i not in covered)
    hidden = {i for span in rendition.masked for i in range(span.at, span.to)}
    assert open_source == "".join(c for i, c in enumerate(rendition.text) if i not in hidden)


@given(cases(), st.sampled_from(STRICT))
def test_a_strict_profile_lets_only_separators_through(
    case: tuple[str, list[Detection]], chosen: MaskingProfile
) -> None:
    text, detections = case
    rendition = mask(text, detections, chosen)
    assert len(rendition.text) == len(text)
    for i in _covered(text, detections, chosen):
        assert rendition.text[i] == "*" or not text[i].isalnum()


@given(st.text("0123456789X- ", min_size=1, max_size=30), st.sampled_from(DetectionKind))
def test_a_clerk_sees_at_most_two_thirds_of_a_number(value: str, kind: DetectionKind) -> None:
    chosen = profile("clerk")
    if chosen.operators[kind].name != "stars":
        return
    shown = mask(value, [Detection(0, len(value), kind, 1.0, "test")], chosen).text
    significant = sum(c.isalnum() for c in value)
    assert sum(c.isalnum() for c in shown) * 3 <= significant * 2


@given(
    st.text("张王欧阳三小明·0123456789Xa@.-〔〕* ", min_size=1, max_size=20), st.sampled_from(DetectionKind)
)
def test_the_index_keeps_nothing_but_years_counties_and_clear_kinds(value: str, kind: DetectionKind) -> None:
    operator = profile("index").operators[kind]
    shown = mask(value, [Detection(0, len(value), kind, 1.0, "test")], profile("index")).text
    if operator.name == "placeholder":
        assert shown == operator.text
    elif operator.name == "year":
        assert shown == operator.text or (shown[:-1] in value and len(shown) == 5)


@given(cases(), st.sampled_from(PROFILES), st.data())
def test_spans_of_the_rendition_join_up_and_cover_masked_spans_whole(
    case: tuple[str, list[Detection]], chosen: MaskingProfile, data: st.DataObject
) -> None:
    text, detections = case
    rendition = mask(text, detections, chosen)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    a, b = rendition.span_of(start, end)
    assert 0 <= a <= b <= len(rendition.text)
    assert rendition.span_of(0, len(text)) == (0, len(rendition.text))
    for span in rendition.masked:
        if span.start < end and start < span.end and start < end:
            assert a <= span.at <= span.to <= b


@given(cases(), st.sampled_from(PROFILES))
def test_masking_nothing_changes_nothing(case: tuple[str, list[Detection]], chosen: MaskingProfile) -> None:
    text, _ = case
    assert mask(text, [], chosen).text == text


@given(cases(), st.sampled_from(PROFILES))
def test_the_order_of_detections_does_not_matter(
    case: tuple[str, list[Detection]], chosen: MaskingProfile
) -> None:
    text, detections = case
    shuffled = list(reversed(detections))
    assert mask(text, shuffled, chosen) == mask(text, detections, chosen)


@given(_TEXTS, st.sampled_from(DetectionKind))
def test_what_researchers_get_of_a_number_or_name_says_nothing(value: str, kind: DetectionKind) -> None:
    operator = profile("research").operators[kind]
    if operator.name != "token" or not value:
        return
    shown = mask(value, [Detection(0, len(value), kind, 1.0, "test")], profile("research")).text
    marks = shown.removeprefix(f"〔{operator.text}-").removesuffix("〕")
    assert len(marks) == 12
    assert set(marks) <= set("0123456789abcdef")
