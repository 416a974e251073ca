"""Examples as numbers: n-gram rows and centred embeddings, and the heads fitted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.archive.taxonomy import insurance_types, material_types
from models.classification.conformal import Form
from models.classification.heads import Head, Scores
from models.classification.parameters import NO_MATERIAL
from models.embedding.space import Vectors
from training.configs import FitConfig
from training.dataset import Example
from training.learning import fitted_head, fitted_seconds
from training.reviewed import teaches_material

_ONE_WITHOUT_MATERIAL = 4


@dataclass(frozen=True, slots=True)
class Rows:
    """Examples by row; ``sparse`` CSR float32 (n, columns), ``dense`` float32 (n, dimension), centred."""

    examples: Sequence[Example]
    sparse: Any
    dense: Vectors

    def at(self, numbers: Sequence[int]) -> Rows:
        """Return the rows with these numbers, in their order."""
        where = np.array(numbers, dtype=np.int64)
        return Rows([self.examples[i] for i in numbers], self.sparse[where], self.dense[where])

    def taught(self) -> Rows:
        """Return the rows that are learnt from."""
        return self.at([i for i, e in enumerate(self.examples) if not e.measured_only])

    def weights(self, config: FitConfig, form: Form) -> NDArray[np.float64]:
        """Return what each row counts for texts of a form, by who made it; shape (n,)."""
        by_source = config.source_weights[form]
        return np.array([by_source[e.source] for e in self.examples])


def insurance_heads(config: FitConfig, rows: Rows, form: Form) -> tuple[Head, Head]:
    """Return n-gram and embedding head of the insurance; a text counts under its second one as well."""
    labels = tuple(insurance_types())
    base = rows.weights(config, form)
    stated = [(i, e.label, base[i]) for i, e in enumerate(rows.examples)]
    stated += [
        (i, label, base[i] * config.secondary_weight)
        for i, e in enumerate(rows.examples)
        for label in e.secondary
    ]
    numbers, names, weights = zip(*stated, strict=True)
    truth = np.array([labels.index(name) for name in names], dtype=np.int64)
    where = np.array(numbers, dtype=np.int64)
    priors = np.array([config.priors.get(label, 1.0) for label in labels])
    ngrams, embedding = (
        fitted_head(
            table[where], truth, np.array(weights), priors=priors, c=c, max_iterations=config.max_iterations
        )
        for table, c in ((rows.sparse, config.ngram_c), (rows.dense, config.embedding_c))
    )
    return ngrams, embedding


def material_rows(rows: Rows) -> Rows:
    """Return every row with a material and one in four of the others: those are many and alike."""
    return rows.at(
        [
            i
            for i, e in enumerate(rows.examples)
            if e.material is not None or (i % _ONE_WITHOUT_MATERIAL == 0 and teaches_material(e))
        ]
    )


def material_labels() -> tuple[str, ...]:
    """Return the labels of the material heads; the last stands for no archive material."""
    return (*material_types(), NO_MATERIAL)


def material_heads(config: FitConfig, rows: Rows) -> tuple[Head, Head]:
    """Return the n-gram and the embedding head of the material."""
    labels = material_labels()
    truth = np.array([labels.index(e.material or NO_MATERIAL) for e in rows.examples], dtype=np.int64)
    weights = np.ones(len(truth))
    ngrams, embedding = (
        fitted_head(
            table,
            truth,
            weights,
            priors=np.ones(len(labels)),
            c=c,
            max_iterations=config.max_iterations,
        )
        for table, c in ((rows.sparse, config.material_c), (rows.dense, config.embedding_c))
    )
    return ngrams, embedding


def second_head(config: FitConfig, rows: Rows) -> Head:
    """Return a head that says for each insurance by itself whether a text speaks of it."""
    labels = tuple(insurance_types())
    applies = np.array([[label in (e.label, *e.secondary) for label in labels] for e in rows.examples])
    weights = rows.weights(config, Form.LONG)
    return fitted_seconds(rows.sparse, applies, weights, config.second_c, config.max_iterations)


def scores_of(rows: Rows, ngrams: Head, embedding: Head) -> tuple[Scores, Scores]:
    """Return the scores of both heads, each shape (n, labels)."""
    said: Scores = np.asarray(rows.sparse @ ngrams.weights + ngrams.bias, dtype=np.float64)
    return said, embedding.of_dense(rows.dense)
