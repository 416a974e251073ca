"""Other tools beside ours: their labels are our kinds, and one that is missing is an outcome."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from models.errors import InvalidInput
from models.privacy.detections import DetectionKind
from training.privacy_figures import OTHER, Span
from training.privacy_peers import find_as_ours, load_reader, peers
from training.privacy_systems import (
    NOT_INSTALLED,
    NOT_LOADED,
    OURS,
    chosen_systems,
    load_system,
    system_names,
)

TEXT = "电话\n13812345678\n邮箱\nabc@163.com\n"
EMAIL = (18, 29, "EMAIL")


@pytest.mark.parametrize("name", peers())
def test_every_label_is_one_of_our_kinds(name: str) -> None:
    peer = peers()[name]
    assert set(peer.labels.values()) <= {kind.value for kind in DetectionKind}
    assert all((peer.read_off, peer.licence, peer.source))


@pytest.mark.parametrize("name", peers())
def test_a_peer_finds_what_every_tool_knows_or_is_named_as_missing(name: str) -> None:
    system = load_system(name, threads=1)
    if system.find is None:
        assert system.note in {NOT_INSTALLED, NOT_LOADED}
        assert (system.version == "") is (system.note == NOT_INSTALLED)
        return
    found, nothing = system.find([TEXT, ""])
    assert found is not None
    assert EMAIL in found
    assert nothing == frozenset()


def test_presidio_is_always_there_and_finds_what_it_can() -> None:
    system = load_system("presidio-default", threads=1)
    assert system.find is not None
    assert system.version == peers()["presidio-default"].read_off


def test_labels_without_a_kind_cover_and_a_failure_is_told() -> None:
    def reader(text: str) -> Iterable[Span]:
        text.encode("utf-8")
        return [(0, 2, "person"), (0, 2, "person"), (3, 5, "organization")]

    labels = {"person": "PERSON"}
    assert find_as_ours(reader, labels, "王强，某厂") == frozenset({(0, 2, "PERSON"), (3, 5, OTHER)})
    assert find_as_ours(reader, labels, "\ud800") is None


def test_systems_are_chosen_by_name() -> None:
    assert chosen_systems([]) == system_names() == (*OURS, *peers())
    assert chosen_systems(["argus-redact", "chadang", "argus-redact"]) == ("argus-redact", "chadang")
    with pytest.raises(InvalidInput, match="没有名为 nobody 的系统"):
        chosen_systems(["nobody"])


def test_a_greeting_on_import_does_not_reach_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    for name, peer in peers().items():
        if peer.installed:
            load_reader(name)
    assert capsys.readouterr().out == ""
