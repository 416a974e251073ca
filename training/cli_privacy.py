"""What `chadang-train evaluate privacy` prints: the report to stdout, progress and complaints to stderr."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer

from models.errors import InvalidInput, ModelUnavailable
from training.evaluate_privacy import errors_in, evaluate_systems
from training.privacy_sets import AnnotatedFile, read_annotated
from training.privacy_systems import load_system
from training.privacy_tables import as_json as figures_as_json
from training.privacy_tables import tables


def read_sets(paths: Sequence[Path]) -> tuple[list[AnnotatedFile], bool]:
    """Return the files that hold texts, and whether anything could not be read; complain on stderr.

    Raises:
        InvalidInput: no file holds any text.
    """
    read = [read_annotated(path) for path in dict.fromkeys(paths)]
    for annotated in read:
        for fault in annotated.faults:
            typer.echo(fault, err=True)
    sets = [annotated for annotated in read if annotated.texts]
    if not sets:
        raise InvalidInput("没有可评测的文本，请检查 --data 所给的文件。")
    return sets, any(annotated.faults for annotated in read)


def print_figures(
    names: Sequence[str], sets: Sequence[AnnotatedFile], threads: int, *, report_only: bool, as_json: bool
) -> None:
    """Measure and print tables, or one JSON object."""
    outcomes = evaluate_systems(names, sets, threads, lambda said: typer.echo(said, err=True))
    if as_json:
        typer.echo(json.dumps(figures_as_json(sets, outcomes), ensure_ascii=False, indent=2))
    else:
        for line in tables(sets, outcomes, report_only=report_only):
            typer.echo(line)


def list_errors(names: Sequence[str], sets: Sequence[AnnotatedFile], threads: int) -> None:
    """Print the errors of each system on each file, and how often each class occurs.

    Raises:
        InvalidInput: a file is held out.
        ModelUnavailable: a system is not installed.
    """
    for annotated in sets:
        if annotated.is_held_out:
            raise InvalidInput(f"{annotated.name} 的文件名含 test，是留出的测试集：只看数字，不列错误。")
    for name in names:
        system = load_system(name, threads)
        if system.find is None:
            raise ModelUnavailable(f"{name} {system.note}，无法列出错误。")
        for annotated in sets:
            typer.echo(f"{annotated.name} · {name}")
            classes: Counter[str] = Counter()
            for wrong, line in errors_in(system.find, annotated):
                classes[wrong] += 1
                typer.echo(line)
            for wrong, count in classes.most_common():
                typer.echo(f"{count}\t{wrong}")
