"""From a trained network to an ONNX file: tables and encoder in 8 bits, convolutions in single precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

from models.privacy.sequence_tags import TAGS
from training.privacy_encoder import EPSILON, HEADS, Encoder, Layer
from training.privacy_graph import Graph
from training.privacy_network import Network

INPUTS = ("characters", "pairs", "words", "labels")
_OPSET, _IR = 17, 9
_HEIGHT = np.array([2], np.int64)
"""The axis that makes rows of characters a picture."""
_FEW = 300
"""Tables of fewer rows stay in single precision."""


def export(network: Network, path: Path) -> None:
    """Write the network for one window at a time.

    Inputs are int64: `INPUTS` (1, length), ``pieces`` and ``piece_labels`` (1, pieces), ``piece_of``
    (length,); the output is ``probabilities``, float32 (1, length, `TAGS`).
    """
    graph = Graph()
    (read,) = _linear(graph, _encoded(graph, network.encoder), [network.narrowed])
    read = _picture(graph, graph.node("Gather", [read, "piece_of"], axis=1))
    tables = [_rows(graph, table, name) for table, name in zip(network.tables, INPUTS, strict=True)]
    seen = _picture(graph, graph.node("Concat", tables, axis=2))
    hidden = graph.node("Relu", [graph.node("Add", [_convolved(graph, network.first, seen), read])])
    for layer in network.layers:
        made = graph.node("Relu", [_convolved(graph, layer, hidden)])
        hidden = graph.node("Add", [hidden, made])
    logits = graph.node("Squeeze", [_convolved(graph, network.last, hidden), graph.weight(_HEIGHT)])
    logits = graph.node("Transpose", [logits], perm=[0, 2, 1])
    graph.node("Softmax", [logits], "probabilities", axis=2)
    _write(graph, path)


def _encoded(graph: Graph, encoder: Encoder) -> str:
    pieces = _rows(graph, encoder.pieces, "pieces")
    labels = _rows(graph, encoder.labels, "piece_labels")
    first, second = (graph.weight(np.array([number], np.int64)) for number in (0, 1))
    count = graph.node("Slice", [graph.node("Shape", ["pieces"]), second, graph.weight(np.array([2]))])
    # Rows are copied whole by their numbers; a slice of the table is copied value by value.
    every = graph.weight(np.arange(len(encoder.places.weight), dtype=np.int64))
    numbers = graph.node("Slice", [every, first, count, first])
    places = graph.node("Gather", [graph.weight(_values(encoder.places.weight)), numbers])
    seen = graph.node("Add", [graph.node("Add", [pieces, labels]), places])
    seen = _normed(graph, encoder.norm, seen)
    for layer in encoder.layers:
        seen = _layer(graph, layer, seen)
    return seen


def _layer(graph: Graph, layer: Layer, seen: str) -> str:
    parts = _linear(graph, seen, [layer.queries, layer.keys, layer.values])
    weighed = graph.node("MultiHeadAttention", parts, domain="com.microsoft", num_heads=HEADS)
    (joined,) = _linear(graph, weighed, [layer.joined])
    seen = _normed(graph, layer.joined_norm, graph.node("Add", [seen, joined]))
    inner = graph.node("Gelu", _linear(graph, seen, [layer.widened]), domain="com.microsoft")
    (narrowed,) = _linear(graph, inner, [layer.narrowed])
    return _normed(graph, layer.narrowed_norm, graph.node("Add", [seen, narrowed]))


def _normed(graph: Graph, norm: nn.LayerNorm, seen: str) -> str:
    inputs = [seen, graph.weight(_values(norm.weight)), graph.weight(_values(norm.bias))]
    return graph.node("LayerNormalization", inputs, axis=-1, epsilon=EPSILON)


def _linear(graph: Graph, seen: str, parts: list[nn.Linear]) -> list[str]:
    return graph.quantised_products(seen, [(_values(part.weight).T, _values(part.bias)) for part in parts])


def _rows(graph: Graph, table: nn.Embedding, index: str) -> str:
    values = _values(table.weight)
    if len(values) < _FEW:
        return graph.node("Gather", [graph.weight(values), index])
    return graph.quantised_rows(values, index)


def _picture(graph: Graph, rows: str) -> str:
    """Return (1, length, channels) as a picture of height 1: convolutions of those are faster."""
    columns = graph.node("Transpose", [rows], perm=[0, 2, 1])
    return graph.node("Unsqueeze", [columns, graph.weight(_HEIGHT)])


def _convolved(graph: Graph, layer: nn.Conv1d, source: str) -> str:
    (kernel,), (pad,), (dilation,) = layer.kernel_size, layer.padding, layer.dilation
    weight = _values(layer.weight)[:, :, None]
    inputs = [source, graph.weight(weight), graph.weight(_values(layer.bias))]
    return graph.node(
        "Conv", inputs, dilations=[1, dilation], kernel_shape=[1, kernel], pads=[0, pad, 0, pad]
    )


def _values(parameter: torch.Tensor) -> np.ndarray:
    values: np.ndarray = parameter.detach().numpy().astype(np.float32)
    return values


def _write(graph: Graph, path: Path) -> None:
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "length"]) for name in INPUTS]
    inputs += [
        helper.make_tensor_value_info(name, TensorProto.INT64, [1, "pieces"])
        for name in ("pieces", "piece_labels")
    ]
    inputs.append(helper.make_tensor_value_info("piece_of", TensorProto.INT64, ["length"]))
    output = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, "length", TAGS])
    made = helper.make_graph(graph.nodes, "privacy-sequence", inputs, [output], graph.weights)
    imports = [helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(made, opset_imports=imports, ir_version=_IR)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
