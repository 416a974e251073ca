"""What a reveal shows: exactly what asked kinds hide and no other kind does, for any text and detections."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from models.privacy.detections import Detection, DetectionKind
from models.privacy.masking import MaskingProfile, mask, profile
from models.privacy.unmasking import STILL_HIDDEN, ShownPlace, shown_places

PROFILES = [profile(name) for name in ("clerk", "officer", "public", "index")]
KINDS = tuple(DetectionKind)


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Detection]]:
    """A text of characters that are all different, so that what is shown tells where it comes from."""
    length = draw(st.integers(0, 40))
    text = "".join(chr(0x4E00 + i) for i in range(length))
    place = st.integers(-2, length + 2)
    rows = draw(st.lists(st.tuples(place, place, st.sampled_from(KINDS)), max_size=8))
    return text, [Detection(min(a, b), max(a, b), kind, 1.0, "test") for a, b, kind in rows]


def covered(text: str, detections: list[Detection], kinds: set[DetectionKind]) -> set[int]:
    return {i for d in detections if d.kind in kinds for i in range(max(0, d.start), min(d.end, len(text)))}


def hidden_kinds(chosen: MaskingProfile) -> set[DetectionKind]:
    return {kind for kind in DetectionKind if chosen.operators[kind].hides}


def shown(places: list[ShownPlace]) -> str:
    return "".join(place.value.replace(STILL_HIDDEN, "") for place in places)


untimed = settings(deadline=None)  # the first look loads tables
asked_kinds = st.sets(st.sampled_from(KINDS))


@untimed
@given(cases(), st.sampled_from(PROFILES), asked_kinds)
def test_exactly_what_asked_kinds_hide_and_no_other_kind_does(
    case: tuple[str, list[Detection]], chosen: MaskingProfile, asked: set[DetectionKind]
) -> None:
    text, detections = case
    hiding = hidden_kinds(chosen)
    wanted = covered(text, detections, hiding & asked) - covered(text, detections, hiding - asked)
    assert shown(shown_places(text, detections, chosen, asked)) == "".join(text[i] for i in sorted(wanted))


@untimed
@given(cases(), st.sampled_from(PROFILES), asked_kinds)
def test_places_are_those_of_the_rendition_and_put_back_they_give_the_text_of_the_asked(
    case: tuple[str, list[Detection]], chosen: MaskingProfile, asked: set[DetectionKind]
) -> None:
    text, detections = case
    rendition = mask(text, detections, chosen)
    places = shown_places(text, detections, chosen, asked)
    masked = {(span.at, span.to): text[span.start : span.end] for span in rendition.masked}
    assert all((place.start, place.end) in masked for place in places)
    assert all(set(place.kinds) <= asked and place.kinds for place in places)
    for place in places:
        if place.whole:
            assert place.value == masked[place.start, place.end]
        else:
            assert STILL_HIDDEN in place.value


@untimed
@given(cases(), st.sampled_from(PROFILES))
def test_all_kinds_together_show_every_masked_place_whole(
    case: tuple[str, list[Detection]], chosen: MaskingProfile
) -> None:
    text, detections = case
    spans = mask(text, detections, chosen).masked
    places = shown_places(text, detections, chosen, set(DetectionKind))
    assert [p.value for p in places] == [text[s.start : s.end] for s in spans]
    assert all(place.whole for place in places)
    assert shown_places(text, detections, chosen, set()) == []


@untimed
@given(cases(), st.sampled_from(PROFILES), asked_kinds, asked_kinds)
def test_asking_for_more_never_shows_less(
    case: tuple[str, list[Detection]],
    chosen: MaskingProfile,
    asked: set[DetectionKind],
    more: set[DetectionKind],
) -> None:
    text, detections = case
    less = shown(shown_places(text, detections, chosen, asked))
    assert set(less) <= set(shown(shown_places(text, detections, chosen, asked | more)))


def test_a_name_inside_an_address_stays_hidden_with_either_alone() -> None:
    text = "住址：西门路9号欧阳锦程家。"
    address = Detection(3, 14, DetectionKind.ADDRESS, 1.0, "test")
    name = Detection(8, 12, DetectionKind.PERSON, 1.0, "test")

    def asked(*kinds: DetectionKind) -> list[tuple[str, bool]]:
        found = shown_places(text, [address, name], profile("clerk"), kinds)
        return [(place.value, place.whole) for place in found]

    assert asked(DetectionKind.ADDRESS) == [(f"西门路9号{STILL_HIDDEN}家。", False)]
    assert asked(DetectionKind.PERSON) == [(STILL_HIDDEN, False)]
    assert asked(DetectionKind.PERSON, DetectionKind.ADDRESS) == [("西门路9号欧阳锦程家。", True)]
