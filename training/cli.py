"""`chadang-train`: how the samples and models were made, and how good they are."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.errors import ArchiveError, InvalidInput

if TYPE_CHECKING:
    from indexer.indexing import ServedIndex
    from indexer.store.documents_sqlalchemy import SqlDocumentStore
    from models.embedding.sentence_transformer import SentenceTransformerEmbedder
    from training.evaluate_classification import Evaluation
    from training.evaluate_retrieval import Figures

app = typer.Typer(
    name="chadang-train",
    help="查档的样例与模型：生成、训练、评测。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
evaluation = typer.Typer(help="评测：分类、检索、个人信息识别。", no_args_is_help=True)
app.add_typer(evaluation, name="evaluate")

CLASSIFIER = Path("models/weights/classifier-v4")
CACHE = Path("data/var/cache/models")

ModelCache = Annotated[
    Path, typer.Option("--model-cache", envvar="CHADANG_MODEL_CACHE", help="内置向量模型的转换目录。")
]


@app.command()
def synthetic(
    out: Annotated[Path, typer.Option(help="写到哪个目录。")] = Path("data/generated"),
    count: Annotated[int, typer.Option(min=1, help="文件数。")] = 300,
    seed: Annotated[int, typer.Option(help="随机种子；同一种子得到同样的档案。")] = 20260101,
) -> None:
    """生成虚构的样例档案：真实格式的文件、目录表、标准答案，另附一批坏文件。"""
    from training.synthetic.archive import write_archive

    summary = write_archive(out, count, seed)
    formats = "，".join(f"{form} {number}" for form, number in sorted(summary.by_format.items()))
    typer.echo(f"已生成 {summary.documents} 件（{formats}），坏文件 {summary.broken} 件，")
    typer.echo(f"共 {summary.size_bytes / 2**20:.1f} MiB，在 {out}。")


@app.command()
def fit(
    config: Annotated[Path, typer.Option(help="训练配置（TOML）。")] = Path(
        "training/configs/classifier-v4.toml"
    ),
    out: Annotated[Path, typer.Option(help="写到哪个目录。")] = CLASSIFIER,
    development: Annotated[
        Path | None, typer.Option(help="真实标注文本（JSONL），只用来评测，不参加训练。")
    ] = None,
    with_reviews: Annotated[
        Path | None,
        typer.Option("--with-reviews", help="复核样本：chadang reviews export 写的文件，或档案库目录。"),
    ] = None,
    cache: ModelCache = CACHE,
) -> None:
    """训练分类器，写出权重、清单和模型卡。同一配置得到同样的结果。"""
    from training.configs import read_config
    from training.evaluate_classification import read_labelled
    from training.fit import fit as run
    from training.reviewed import read_reviews

    texts = read_labelled(development) if development else None
    reviews = read_reviews(with_reviews) if with_reviews else None
    report = run(read_config(config), _embedder(cache), out, texts, reviews)
    typer.echo(f"训练样本 {report.examples} 条，写到 {report.folder}。")
    _print_evaluations([e for e in (report.held_out, report.development, *report.shifted) if e])


@evaluation.command()
def classification(
    texts: Annotated[Path, typer.Option(help="标注文本 JSONL：id、text、label、kind。")],
    folder: Annotated[Path, typer.Option(help="分类器所在目录。")] = CLASSIFIER,
    cache: ModelCache = CACHE,
) -> None:
    """分类评测：几种做法并列。"""
    from training.evaluate_classification import evaluate_candidates, read_labelled

    _print_evaluations(evaluate_candidates(folder, _embedder(cache), read_labelled(texts)))


@evaluation.command()
def retrieval(
    queries: Annotated[Path, typer.Option(help="问题 JSONL：query、relevant、type。")],
    corpus: Annotated[Path | None, typer.Option(help="段落 JSONL；不给时用 --state 中已有的档案。")] = None,
    state: Annotated[Path | None, typer.Option(help="已归档的档案库目录；不给时临时建一个。")] = None,
    cache: ModelCache = CACHE,
) -> None:
    """检索评测：向量、字词、混合三路并列，用同一套服务代码。"""
    from training.evaluate_retrieval import evaluate_retrieval, read_queries

    if (corpus is None) == (state is None):
        raise InvalidInput("请给出段落文件 --corpus，或已归档的档案库 --state（二者选一）。")
    embedder = _embedder(cache)
    with tempfile.TemporaryDirectory() as scratch:
        store, served = _archive(state or Path(scratch), corpus, embedder)
        ids = {doc_id: d.source_id for doc_id, d in store.documents(served.doc_ids).items()}
        judged = read_queries(queries)
        _print_figures(evaluate_retrieval(served, ids, embedder, judged, _counter(len(judged))))


@evaluation.command()
def privacy(
    data: Annotated[list[Path], typer.Option(help="标注文本：JSONL（text、entities）或 .txt；可给多个。")],
    system: Annotated[list[str] | None, typer.Option(help="只评测这些系统；不给时全部并列。")] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="逐条列出错误（含原文）；留出的测试集除外。")
    ] = False,
    report_only: Annotated[bool, typer.Option("--report-only", help="另列只报告不遮盖的种类。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。")] = False,
    threads: Annotated[int, typer.Option(min=1, help="本系统模型的线程数。")] = 1,
) -> None:
    """个人信息识别评测：本系统与同类工具并列；有无法读取的行时退出码为 1。"""
    from training.cli_privacy import list_errors, print_figures, read_sets
    from training.privacy_systems import chosen_systems

    names = chosen_systems(system or [])
    sets, faulty = read_sets(data)
    if errors:
        list_errors(names if system else ("chadang",), sets, threads)
    else:
        print_figures(names, sets, threads, report_only=report_only, as_json=as_json)
    raise typer.Exit(1 if faulty else 0)


@app.command()
def statistics(
    corpus: Annotated[Path, typer.Option(help="法规段落 JSONL，只数法条。")],
    out: Annotated[Path, typer.Option(help="写到哪个目录。")] = Path("models/reference"),
    archive: Annotated[Path | None, typer.Option(help="生成的档案文本 JSONL。")] = None,
) -> None:
    """统计检索用的固定词频（文档频率），随程序发布。"""
    from training.statistics import write_statistics

    write_statistics(corpus, archive, out)
    typer.echo(f"已写到 {out}。")


@app.command()
def partition(
    corpus: Annotated[Path, typer.Option(help="法规段落 JSONL，只取法条。")],
    out: Annotated[Path, typer.Option(help="写到哪个目录。")] = Path("models/weights/partition-e5-small-zh"),
    cache: ModelCache = CACHE,
) -> None:
    """学习向量空间的固定分区（法条与虚构档案），随程序发布。"""
    from training.partition import write_partition

    made = write_partition(corpus, _embedder(cache), out)
    typer.echo(f"已写到 {out}：{made.lists} 个列表，编号 {made.id}。")


def main() -> None:
    """Run a command; an error of the tree is one sentence on stderr and exit code 2."""
    try:
        app()
    except ArchiveError as error:
        typer.echo(f"{error.title}：{error.detail}", err=True)
        sys.exit(2)


def _embedder(cache: Path) -> SentenceTransformerEmbedder:
    from models.embedding.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder

    return SentenceTransformerEmbedder.load(DEFAULT_MODEL, cache, 2, lambda said: typer.echo(said, err=True))


def _archive(
    state: Path, corpus: Path | None, embedder: SentenceTransformerEmbedder
) -> tuple[SqlDocumentStore, ServedIndex]:
    """Open the archive in ``state``, filling it from ``corpus`` first where one is given."""
    from indexer.indexing import IndexKeeper
    from indexer.store.database import migrate, open_engine, sqlite_url
    from indexer.store.documents_sqlalchemy import SqlDocumentStore
    from indexer.store.key_ring import KeyRing
    from indexer.store.key_sources import FileKeys

    if corpus is None and not (state / "archive.db").is_file():
        raise InvalidInput("--state 目录里没有档案库，请先用 chadang ingest 归档。")
    engine = open_engine(sqlite_url(state / "archive.db"))
    migrate(engine)
    store = SqlDocumentStore(engine, KeyRing(engine, FileKeys(state / "keys")).sealer(), state)
    if corpus is not None:
        _fill(store, corpus, embedder)
    served = IndexKeeper(state / "index", store, embedder.space).served()
    if served is None:
        raise InvalidInput("档案库是空的，请先归档再评测。")
    return store, served


def _fill(store: SqlDocumentStore, corpus: Path, embedder: SentenceTransformerEmbedder) -> None:
    """Take the passages in by the real use case."""
    from indexer.ingest import Ingestor
    from indexer.intake import record_of
    from indexer.parsing.limits import ParsingLimits
    from indexer.parsing.parsers import FileParser
    from indexer.preparation import Preparer
    from models.classification.linear import load_classifier
    from models.privacy.presidio import PresidioDetector

    limits = ParsingLimits()
    preparer = Preparer(PresidioDetector.load(), load_classifier(CLASSIFIER, embedder), embedder)
    lines = [line for line in corpus.read_text("utf-8").splitlines() if line.strip()]
    advance = _counter(len(lines))
    for _ in Ingestor(store, FileParser(limits), preparer, limits).ingest(map(record_of, lines)):
        advance()


def _counter(total: int) -> Callable[[], None]:
    """Return a function that counts on stderr, at every hundredth of ``total``."""
    done = 0
    step = max(1, total // 100)

    def advance() -> None:
        nonlocal done
        done += 1
        if done % step == 0 or done == total:
            sys.stderr.write(f"\r{done}/{total}" + ("\n" if done == total else ""))

    return advance


def _print_figures(figures: list[Figures]) -> None:
    typer.echo(f"{'kind':<14}{'leg':<10}{'queries':>8}{'hit@10':>9}{'nDCG@10':>9}{'MRR@10':>9}")
    for f in figures:
        typer.echo(
            f"{f.kind:<14}{f.leg:<10}{f.queries:>8}{f.hit:>9.4f}{f.ndcg:>9.4f}{f.reciprocal_rank:>9.4f}"
        )


def _print_evaluations(evaluations: list[Evaluation]) -> None:
    for e in evaluations:
        typer.echo(
            f"{e.candidate}: texts {e.texts}, macro-F1 {e.macro_f1}, short {e.short_macro_f1}, "
            f"accepted {e.accepted.value} of which right {e.accepted_right.value} "
            f"[{e.accepted_right.low}, {e.accepted_right.high}], "
            f"set misses {e.missing.value} [{e.missing.low}, {e.missing.high}] at mean size {e.set_size}, "
            f"ECE {e.calibration_error}, second {e.second_found.value}, material {e.material.value}, "
            f"{e.texts_per_s} texts/s"
        )
        typer.echo("  recall: " + ", ".join(f"{label} {value}" for label, value in e.recall.items()))


if __name__ == "__main__":
    main()
