"""What people reviewed in an archive as examples to learn from: read from a file, never from the archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.classification.reviewed import EXPORT_NAME, ReviewedText, read
from models.errors import InvalidInput
from training.dataset import Example, Source

LICENCE = (
    "trained on generated and hand-written text of this project and on masked texts of one archive: "
    "stays where that archive may be read"
)
_SHORT_ID, _SHORT_DIGEST = 16, 8
_OTHER = "其他"


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviewed texts in the order of ids; ``digest`` is the file's, over every byte of the texts."""

    texts: tuple[ReviewedText, ...]
    digest: str

    def version_of(self, name: str) -> str:
        """Return the version of an artefact that learnt from them."""
        return f"{name}+reviews-{self.digest[:_SHORT_DIGEST]}"

    def stated(self) -> dict[str, object]:
        """Return what the manifest says: enough to know which texts a later comparison must leave out."""
        ids = [text.text_id[:_SHORT_ID] for text in self.texts]
        return {"texts": len(self.texts), "sha256": self.digest, "ids": ids}


def read_reviews(path: Path) -> Reviews:
    """Read an export; a state folder stands for the export that lies in it.

    Raises:
        InvalidInput: there is none, it was changed, or it holds no text.
    """
    file = path / EXPORT_NAME if path.is_dir() else path
    try:
        content = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput("没有找到复核样本文件，请先运行 chadang reviews export。") from None
    texts, digest = read(content)
    if not texts:
        raise InvalidInput("复核样本文件是空的，没有可学的；不带 --with-reviews 即可训练。")
    return Reviews(texts, digest)


def examples_of(texts: Sequence[ReviewedText]) -> list[Example]:
    """Return one example per text, in order, none held out: the figures stay comparable between runs."""
    examples = []
    for item in texts:
        label, *secondary = item.insurance_types
        group = f"reviewed:{item.text_id}"
        examples.append(
            Example(
                text=item.text,
                label=label,
                secondary=tuple(secondary),
                material=item.material_type,
                kind="reviewed",
                source=Source.REVIEWED,
                group=group,
                origin=group,
                held_out=False,
            )
        )
    return examples


def teaches_words(example: Example) -> bool:
    """Whether n-grams may be taken from the text.

    Not from a reviewed one: masking is not perfect, and what stands in the vocabulary stands in the
    artefact in clear. Its known n-grams and its embedding are learnt from all the same.
    """
    return example.source is not Source.REVIEWED


def teaches_material(example: Example) -> bool:
    """Whether the text's material is known: a reviewer may leave it open, which is not *no material*."""
    return example.source is not Source.REVIEWED or example.material is not None or example.label == _OTHER
