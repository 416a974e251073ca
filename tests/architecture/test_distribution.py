"""The names of our top-level packages are generic: nobody else may own them in this environment."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from models.embedding.conversion import ensure_builtin
from tests.fakes_embedding import model_cache

ROOT = Path(__file__).parents[2]
OURS = ("models", "indexer", "api", "training")


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_owns_our_names(name: str) -> None:
    assert set(packages_distributions().get(name, [])) <= {"chadang"}


def test_help_imports_nothing_heavy() -> None:
    heavy = ("numpy", "torch", "faiss", "sklearn", "sqlalchemy", "fastapi", "presidio_analyzer", "spacy")
    program = (
        f"import sys\nfrom api.cli import main\nprint([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)  # noqa: S603
    assert done.stdout.decode().strip() == "[]"


def test_the_shipped_models_run_without_training_libraries() -> None:
    heavy = (
        "torch",
        "transformers",
        "sentence_transformers",
        "sklearn",
        "scipy",
        "onnx",
        "optimum",
        "pandas",
    )
    ensure_builtin(model_cache(), lambda _: None)  # to make it once, onnx is needed; to run it, not
    program = f"""
import sys
from pathlib import Path
from api.bootstrap import CLASSIFIER_FOLDER
from models.classification.linear import load_classifier
from models.embedding.sentence_transformer import DEFAULT_MODEL, SentenceTransformerEmbedder
from models.privacy.presidio import PresidioDetector
embedder = SentenceTransformerEmbedder.load(DEFAULT_MODEL, Path({str(model_cache())!r}))
load_classifier(CLASSIFIER_FOLDER, embedder).classify(["王秀英申领失业保险金"])
PresidioDetector.load().detect(["王秀英申领失业保险金"])
print([name for name in {heavy!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)  # noqa: S603
    assert done.stdout.decode().strip() == "[]"


def test_every_pin_is_exact() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert "torch==2.13.0" in pins
    assert [pin for pin in pins if "==" not in pin] == []


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX"])
def test_nothing_is_left_for_later_in_the_code(word: str) -> None:
    left = [path for name in OURS for path in (ROOT / name).rglob("*.py") if word in path.read_text("utf-8")]
    assert left == []
