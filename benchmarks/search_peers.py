"""Other engines on the same rows and filters. None is needed by the product; a missing one is skipped."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from benchmarks.search_data import DIMENSION, Filter, Rows
from indexer.lexical.terms import terms_of
from models.embedding.space import Vectors

Ask = Callable[[Vectors, Filter, int], list[int]]
"""Question, filter, topic of the question -> row numbers, best first, at most ten."""
AskWords = Callable[[str, Filter], list[int]]
K = 10
_BATCH = 5_000


def qdrant(rows: Rows, folder: str) -> Ask:
    """qdrant-edge: HNSW, filters on indexed integers, optimised once."""
    import qdrant_edge as q

    wanted = q.EdgeVectorParams(DIMENSION, q.Distance.Dot)
    limits = q.EdgeOptimizersConfig(indexing_threshold=1_000, default_segment_number=1)
    shard = q.EdgeShard.create(folder, q.EdgeConfig(vectors=wanted, optimizers=limits, max_search_threads=1))
    for name in ("draw", "topic"):
        shard.update(q.UpdateOperation.create_field_index(name, q.PayloadSchemaType.Integer))
    for first in range(0, len(rows.draw), _BATCH):
        points = [
            q.Point(i, rows.vectors[i].tolist(), {"draw": int(rows.draw[i]), "topic": int(rows.topic[i])})
            for i in range(first, min(first + _BATCH, len(rows.draw)))
        ]
        shard.update(q.UpdateOperation.upsert_points(points))
    shard.optimize()

    def ask(query: Vectors, chosen: Filter, topic: int) -> list[int]:
        below = [q.FieldCondition("draw", range=q.RangeFloat(lt=float(chosen.below)))]
        other = [q.FieldCondition("topic", match=q.MatchValue(topic))] if chosen.away else None
        wanted = q.SearchRequest(
            q.Query.Nearest(query.tolist()), K, filter=q.Filter(must=below, must_not=other)
        )
        return [int(point.id) for point in shard.search(wanted)]

    return ask


def lancedb(rows: Rows, folder: str) -> Ask:
    """LanceDB: IVF_HNSW_SQ, the filter before the search."""
    import lancedb as lance
    import pyarrow as pa

    flat = pa.array(rows.vectors.reshape(-1))
    table = pa.table(
        {
            "vector": pa.FixedSizeListArray.from_arrays(flat, DIMENSION),
            "row": np.arange(len(rows.draw)),
            "draw": rows.draw,
            "topic": rows.topic,
        }
    )
    made = lance.connect(folder).create_table("rows", table)
    made.create_index(metric="dot", index_type="IVF_HNSW_SQ", vector_column_name="vector")

    def ask(query: Vectors, chosen: Filter, topic: int) -> list[int]:
        where = f"draw < {chosen.below}" + (f" AND topic != {topic}" if chosen.away else "")
        found = made.search(query).distance_type("dot").where(where, prefilter=True).limit(K)
        return [int(n) for n in found.select(["row", "_distance"]).to_arrow()["row"].to_pylist()]

    return ask


def hnswlib(rows: Rows, _folder: str) -> Ask:
    """hnswlib: ten times as many as wanted, filtered afterwards."""
    import hnswlib as hnsw

    graph = hnsw.Index("ip", DIMENSION)
    graph.init_index(len(rows.draw), M=16, ef_construction=200)
    graph.set_num_threads(1)
    graph.add_items(rows.vectors)
    graph.set_ef(200)

    def ask(query: Vectors, chosen: Filter, topic: int) -> list[int]:
        found = graph.knn_query(query, 10 * K)[0][0].astype(np.int64)
        fitting = (rows.draw[found] < chosen.below) & ~(chosen.away & (rows.topic[found] == topic))
        return [int(n) for n in found[fitting][:K]]

    return ask


def tantivy(texts: list[str], rows: Rows) -> AskWords:
    """tantivy: the same bigrams and words as terms, the filter as a range of a fast field."""
    import tantivy as tv

    builder = tv.SchemaBuilder()
    builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_integer_field("draw", indexed=True, fast=True)
    builder.add_integer_field("row", stored=True, fast=True)
    schema = builder.build()
    index = tv.Index(schema)
    writer = index.writer(200_000_000, 1)
    for number, text in enumerate(texts):
        terms = " ".join(_terms(text))
        writer.add_document(tv.Document(terms=terms, draw=int(rows.draw[number]), row=number))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()

    def ask(query: str, chosen: Filter) -> list[int]:
        any_of = tv.Query.boolean_query(
            [(tv.Occur.Should, tv.Query.term_query(schema, "terms", t, "freq")) for t in set(_terms(query))]
        )
        within = tv.Query.range_query(
            schema, "draw", tv.FieldType.Integer, 0, chosen.below, include_upper=False
        )
        both = tv.Query.boolean_query(
            [(tv.Occur.Must, any_of), (tv.Occur.Must, tv.Query.const_score_query(within, 0.0))]
        )
        return [int(searcher.doc(at)["row"][0]) for _, at in searcher.search(both, K).hits]

    return ask


def bm25s(texts: list[str], rows: Rows) -> AskWords:
    """bm25s: the same terms, the filter as a mask of weights."""
    import bm25s as bm

    index = bm.BM25()
    index.index([_terms(text) for text in texts], show_progress=False)

    def ask(query: str, chosen: Filter) -> list[int]:
        mask = (rows.draw[: len(texts)] < chosen.below).astype(np.float32)
        known = [t for t in _terms(query) if t in index.vocab_dict]
        if not known:
            return []
        found, scores = index.retrieve([known], k=K, show_progress=False, weight_mask=mask)
        return [int(n) for n, score in zip(found[0], scores[0], strict=True) if score > 0]

    return ask


VECTOR_PEERS = {"qdrant-edge-py": qdrant, "lancedb": lancedb, "hnswlib": hnswlib}
LEXICAL_PEERS = {"tantivy": tantivy, "bm25s": bm25s}


def version_of(distribution: str) -> str | None:
    """Return the installed version, None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bench-search-")


def _terms(text: str) -> list[str]:
    terms = terms_of(text)
    return ["b" + t for t in terms.bigrams] + ["w" + t for t in terms.words]
