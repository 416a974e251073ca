"""`chadang demo`: a small archive from real files, and the same questions asked by different people."""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.ingest import STAGES
from api.cli.options import archive_of, opened_archive_of
from api.cli.tables import KIND_NAMES
from models.errors import InvalidInput

if TYPE_CHECKING:
    from api.bootstrap import Archive
    from indexer.answers import MaskedHit, Query
    from indexer.deposits import Outcome
    from models.access.principal import Principal

DEMO_STATE = Path("data/var/demo")
SAMPLE = Path(str(files("api"))).parent / "data" / "sample"
TODAY = date(2026, 1, 15)
"""The day the tour pretends to be on, so that 前年 means the same whenever it is run."""

_LIMIT = 5
_MARKER = ".chadang-demo"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the tour: a post and its account."""

    who: str
    principal: Principal


def demo(
    state: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="空的状态目录，不给时用 data/var/demo。", show_default=False),
    ] = None,
    sample: Annotated[
        Path, typer.Option(metavar="DIR", help="样例档案所在目录。", show_default=False)
    ] = SAMPLE,
) -> None:
    """演示：用样例档案走一遍归档、隐私检查、分类、检索，看不同的人各看到什么；完成后自行结束。"""
    began = time.perf_counter()
    archive = fresh_archive(state or DEMO_STATE)
    archive.embedder  # noqa: B018 - made first, so that its conversion is not counted as reading
    outcomes = ingest_sample(archive, sample)
    people = add_people(archive)
    _print_intake(archive, outcomes)
    _print_tour(archive, people)
    _print_next(archive, time.perf_counter() - began)


def fresh_archive(state: Path) -> Archive:
    """Return an archive over an empty folder; only a folder this command made is ever emptied."""
    if state.exists() and any(state.iterdir()):
        if not (state / _MARKER).exists():
            raise InvalidInput("演示需要一个空的状态目录，所给目录已有内容，请换一个 --state。")
        shutil.rmtree(state)
    state.mkdir(parents=True, exist_ok=True)
    (state / _MARKER).touch()
    return opened_archive_of(state)


def prepare_for_serving(archive: Archive) -> Archive:
    """Make the sample archive and the people of the tour in an empty archive; else leave it alone.

    Returns the archive to serve: without second factors where only the people of the tour have accounts.
    """
    names = [str(row["name"]) for row in _tour()["person"]]
    if all(account.principal.subject in names for account in archive.accounts.accounts()):
        archive = archive_of(archive.settings.state, second_factor="off")
        typer.echo("演示账号登录不要求动态验证码；正式使用时隐私专员和三员必须启用。", err=True)
    if archive.store.head_seq() == 0:
        ingest_sample(archive, SAMPLE)
    if not archive.accounts.accounts():
        password = _demo_password()
        add_people(archive, password)
        typer.echo(f"演示账号：{'、'.join(names)}；口令（只显示这一次）：{password}", err=True)
    return archive


def ingest_sample(archive: Archive, sample: Path) -> list[Outcome]:
    """Take the sample in as `chadang ingest data/sample` would."""
    from api.cli.progress import progress
    from indexer.catalogue import read_catalogue
    from indexer.intake import CATALOGUE_NAME, deposits_of, sources_in

    catalogue_file = sample / CATALOGUE_NAME
    if not catalogue_file.is_file():
        raise InvalidInput("没有找到样例档案 data/sample，请在项目目录内运行，或用 --sample 指明位置。")
    catalogue = read_catalogue(catalogue_file)
    sources = sources_in([sample], leave_out=frozenset({catalogue_file.resolve()}))
    outcomes = []
    with progress("归档样例", len(sources), "件") as advance:
        for outcome in archive.ingestor.ingest(deposits_of(sources, catalogue, archive.limits)):
            outcomes.append(outcome)
            advance()
    with archive.ingestor.clock.stage("index"):
        archive.index.catch_up()
    return outcomes


def add_people(archive: Archive, password: str | None = None) -> list[Person]:
    """Make the accounts of the tour; without a password they serve only ``--as`` on this machine."""
    from api.authentication import hash_password
    from api.cli.user import principal_from
    from indexer.store.port import Account
    from models.access.principal import Role
    from models.archive.levels import Line

    people = []
    for row in _tour()["person"]:
        line = Line(row["line"]) if "line" in row else None
        principal = principal_from(
            row["name"], [Role(row["role"])], line, row["regions"], row["clearance"], ""
        )
        archive.accounts.add_account(Account(principal, hash_password(password) if password else None))
        people.append(Person(row["who"], principal))
    return people


def _print_intake(archive: Archive, outcomes: list[Outcome]) -> None:
    by_kind: dict[str, int] = {}
    for outcome in outcomes:
        by_kind[outcome.kind.label] = by_kind.get(outcome.kind.label, 0) + 1
    counts = archive.store.counts()
    typer.echo("\n一、读取")
    typer.echo(f"  共 {len(outcomes)} 个文件：" + "，".join(f"{k} {n}" for k, n in by_kind.items()))
    for outcome in outcomes:
        if outcome.kind.value != "stored":
            typer.echo(
                f"  · {outcome.kind.label} {Path(outcome.name).name}：{outcome.detail}（{outcome.code}）"
            )
    typer.echo("\n二、分类")
    _print_counts("险种", counts["insurance_types"])
    _print_counts("材料", counts["material_type"])
    decisions = counts["decisions"]
    accepted, doubtful = decisions.get("ACCEPTED", 0), decisions.get("NEEDS_REVIEW", 0)
    typer.echo(f"  自动分类：可直接采用 {accepted} 件，需人工复核 {doubtful} 件（目录已注明的，以目录为准）")
    typer.echo("\n三、遮蔽")
    _print_counts("检出个人信息", {KIND_NAMES.get(kind, kind): n for kind, n in counts["detections"].items()})
    if archive.detector.degraded:
        typer.echo("  注意：姓名识别模型不可用，只按规则检出（降级）。")
    typer.echo("\n四、用时")
    seconds = archive.ingestor.clock.seconds
    typer.echo(
        "  " + "，".join(f"{STAGES.get(stage, stage)} {value:.1f} 秒" for stage, value in seconds.items())
    )


def _print_counts(name: str, table: Mapping[str, int]) -> None:
    ordered = sorted(table.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = "，".join(f"{key} {count}" for key, count in ordered[:14])
    typer.echo(f"  {name}（{len(ordered)} 种）：{shown}" + ("……" if len(ordered) > 14 else ""))


def _print_tour(archive: Archive, people: list[Person]) -> None:
    from indexer.answers import Query

    typer.echo("\n五、同样的话，不同的人问")
    for number, row in enumerate(_tour()["question"], start=1):
        typer.echo(f"\n问 {number}：{row['text']}")
        query = Query(row["text"], _LIMIT, today=TODAY)
        answers = [archive.searcher.search(query, person.principal) for person in people]
        best = _best_of(archive, query, answers)
        for person, hits in zip(people, answers, strict=True):
            typer.echo(f"  {person.who}：{_seen(archive, person, hits, best)}")


def _best_of(archive: Archive, query: Query, answers: list[list[MaskedHit]]) -> MaskedHit | None:
    """The best match of the whole archive among what at least one of the people was shown.

    Only a demonstration may look past everybody's scope like this, to say who misses what and why.
    """
    from indexer.legs import BY_NAME, BY_NUMBER, Legs
    from indexer.understanding.question import understand
    from models.access.scope import EVERYTHING
    from models.privacy.blind_index import PersonRole

    of_the_person = {BY_NAME[PersonRole.HOLDER], BY_NUMBER[PersonRole.HOLDER]}
    for hits in answers:
        if hits and of_the_person & set(hits[0].reasons):
            return hits[0]
    shown = {hit.doc_id: hit for hits in answers for hit in hits}
    served = archive.index.served()
    if served is None:
        return None
    legs = Legs(served, archive.embedder, served.visible(EVERYTHING))
    ranked = legs.ranked(query.text, _LIMIT, understand(query.text, TODAY))
    return next((shown[c.doc_id] for c in ranked if c.doc_id in shown), None)


def _seen(archive: Archive, person: Person, hits: list[MaskedHit], best: MaskedHit | None) -> str:
    from api.cli.answers import perhaps_among
    from models.access.explanation import reasons_against

    told = f"{len(hits)} 件"
    if perhaps := perhaps_among(hits):
        told += f"（{perhaps} 件只是可能相关）"
    if hits:
        told += f"，首件《{hits[0].title}》{hits[0].archive_no or ''}"
    if best is not None and best.doc_id not in {hit.doc_id for hit in hits}:
        facts = archive.store.facts([best.doc_id])[best.doc_id]
        against = reasons_against(person.principal, facts, datetime.now(UTC))
        told += (
            f"\n      最相关的 {best.archive_no or '一件'} 不可见：{'；'.join(against)}" if against else ""
        )
    return told


def _print_next(archive: Archive, seconds: float) -> None:
    state = archive.settings.state
    broken = archive.audit.verify()
    typer.echo(f"\n六、日志：{'完整' if broken is None else f'第 {broken} 条处不一致'}，每次检索都已记入。")
    typer.echo(f"\n演示完成，用时 {seconds:.0f} 秒。接下来可以试：")
    for command in (
        f"chadang search 工地摔伤 --as longgang --state {state}",
        f"chadang search 工地摔伤 --as yibao --state {state}",
        f"chadang quarantine --state {state}",
        f"chadang index stats --state {state}",
        f"chadang audit verify --state {state}",
        "make serve（HTTP 接口 http://127.0.0.1:8000/v1，说明见 docs/api.md 与 /openapi.json）",
    ):
        typer.echo(f"  {command if command.startswith('make') else '.venv/bin/' + command}")


def _demo_password() -> str:
    import secrets

    return secrets.token_urlsafe(12)


def _tour() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((files("api") / "cli" / "tour.toml").read_text("utf-8"))
