"""The built-in model's sentence-transformers folder: every file but the encoder itself.

All of it is written by hand, so that its bytes are the same everywhere and can be checked by hash.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from models.embedding.e5s1 import Shape
from models.embedding.tokenizer import MASK, MAX_TOKENS, tokenizer_json

PROMPTS = {"query": "query: ", "passage": "passage: "}
ENCODER_FILE = "onnx/model_int8.onnx"
TOKENIZER_FILE = "tokenizer.json"

_MODULES = ("Transformer", "Pooling", "Normalize")


def write_layout(folder: Path, shape: Shape, pieces: Sequence[str], scores: Sequence[float]) -> list[str]:
    """Write tokenizer and configuration; return their relative POSIX paths."""
    written = {TOKENIZER_FILE: tokenizer_json(pieces, scores)}
    written |= {name: _as_json(stated) for name, stated in _configuration(shape, len(pieces)).items()}
    for name, text in written.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(written)


def _configuration(shape: Shape, rows: int) -> dict[str, object]:
    return {
        "config.json": _encoder_config(shape, rows),
        "tokenizer_config.json": _tokenizer_config(),
        "modules.json": [
            {
                "idx": number,
                "name": str(number),
                "path": f"{number}_{kind}" if number else "",
                "type": f"sentence_transformers.models.{kind}",
            }
            for number, kind in enumerate(_MODULES)
        ],
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {**PROMPTS, "document": PROMPTS["passage"]},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": shape.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "include_prompt": True,
        },
    }


def _encoder_config(shape: Shape, rows: int) -> dict[str, object]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": rows,
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.intermediate,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": shape.layer_norm_eps,
        "hidden_act": "gelu",
        "pad_token_id": 1,
    }


def _tokenizer_config() -> dict[str, object]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
        "bos_token": "<s>",
        "eos_token": "</s>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": MASK,
    }


def _as_json(stated: object) -> str:
    return json.dumps(stated, ensure_ascii=False, indent=2) + "\n"
