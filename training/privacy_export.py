"""From a trained network to an ONNX file: tables and encoder in 8 bits, convolutions in single precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

from models.privacy.sequence_tags import TAGS
from training.privacy_encoder import EPSILON, HEADS, WIDTH, Encoder, Layer
from training.privacy_graph import Graph
from training.privacy_network import Network

INPUTS = ("characters", "pairs", "words", "labels")
_OPSET, _IR = 17, 9
_FEW = 300
"""Tables of fewer rows stay in single precision."""


def export(network: Network, path: Path) -> None:
    """Write the network for one window at a time.

    Inputs are int64: `INPUTS` (1, length), ``pieces`` and ``piece_labels`` (1, pieces), ``piece_of``
    (length,); the output is ``probabilities``, float32 (1, length, `TAGS`).
    """
    graph = Graph()
    read = _linear(graph, _encoded(graph, network.encoder), [network.narrowed])
    read = graph.node("Transpose", [graph.node("Gather", [read, "piece_of"], axis=1)], perm=[0, 2, 1])
    tables = [_rows(graph, table, name) for table, name in zip(network.tables, INPUTS, strict=True)]
    seen = graph.node("Transpose", [graph.node("Concat", tables, axis=2)], perm=[0, 2, 1])
    hidden = graph.node("Relu", [graph.node("Add", [_convolved(graph, network.first, seen), read])])
    for layer in network.layers:
        made = graph.node("Relu", [_convolved(graph, layer, hidden)])
        hidden = graph.node("Add", [hidden, made])
    logits = graph.node("Transpose", [_convolved(graph, network.last, hidden)], perm=[0, 2, 1])
    graph.node("Softmax", [logits], "probabilities", axis=2)
    _write(graph, path)


def _encoded(graph: Graph, encoder: Encoder) -> str:
    pieces = _rows(graph, encoder.pieces, "pieces")
    labels = _rows(graph, encoder.labels, "piece_labels")
    first, second = (graph.weight(np.array([number], np.int64)) for number in (0, 1))
    count = graph.node("Slice", [graph.node("Shape", ["pieces"]), second, graph.weight(np.array([2]))])
    places = graph.node("Slice", [graph.weight(_values(encoder.places.weight)), first, count, first])
    seen = graph.node("Add", [graph.node("Add", [pieces, labels]), places])
    seen = _normed(graph, encoder.norm, seen)
    for layer in encoder.layers:
        seen = _layer(graph, layer, seen)
    return seen


def _layer(graph: Graph, layer: Layer, seen: str) -> str:
    all_three = _linear(graph, seen, [layer.queries, layer.keys, layer.values])
    parts = graph.nodes_of("Split", [all_three, graph.weight(np.array([WIDTH] * 3, np.int64))], 3, axis=2)
    weighed = graph.node("MultiHeadAttention", parts, domain="com.microsoft", num_heads=HEADS)
    joined = _linear(graph, weighed, [layer.joined])
    seen = _normed(graph, layer.joined_norm, graph.node("Add", [seen, joined]))
    inner = graph.node("Gelu", [_linear(graph, seen, [layer.widened])], domain="com.microsoft")
    narrowed = _linear(graph, inner, [layer.narrowed])
    return _normed(graph, layer.narrowed_norm, graph.node("Add", [seen, narrowed]))


def _normed(graph: Graph, norm: nn.LayerNorm, seen: str) -> str:
    inputs = [seen, graph.weight(_values(norm.weight)), graph.weight(_values(norm.bias))]
    return graph.node("LayerNormalization", inputs, axis=-1, epsilon=EPSILON)


def _linear(graph: Graph, seen: str, parts: list[nn.Linear]) -> str:
    kernel = np.concatenate([_values(part.weight) for part in parts]).T
    bias = np.concatenate([_values(part.bias) for part in parts])
    return graph.quantised_product(seen, kernel, bias)


def _rows(graph: Graph, table: nn.Embedding, index: str) -> str:
    values = _values(table.weight)
    if len(values) < _FEW:
        return graph.node("Gather", [graph.weight(values), index])
    return graph.quantised_rows(values, index)


def _convolved(graph: Graph, layer: nn.Conv1d, source: str) -> str:
    pad = layer.padding[0]
    inputs = [source, graph.weight(_values(layer.weight)), graph.weight(_values(layer.bias))]
    return graph.node(
        "Conv", inputs, dilations=[layer.dilation[0]], kernel_shape=[layer.kernel_size[0]], pads=[pad, pad]
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
