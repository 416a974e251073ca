"""From a trained network to an ONNX file: tables in half precision, sums in single precision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from models.privacy.sequence_tags import TAGS
from training.privacy_network import Network

INPUTS = ("characters", "pairs", "words", "labels")
_OPSET, _IR = 17, 9


class _Graph:
    """Nodes and weights under construction."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def node(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def weight(self, name: str, values: torch.Tensor, *, half: bool = False) -> str:
        array = values.detach().numpy().astype(np.float16 if half else np.float32)
        self.weights.append(numpy_helper.from_array(array, name))
        return name


def export(network: Network, path: Path) -> None:
    """Write the network: int64 inputs `INPUTS` (1, length), output ``probabilities`` (1, length, `TAGS`)."""
    graph = _Graph()
    looked_up = []
    for name, table in zip(INPUTS, network.tables, strict=True):
        rows = graph.node(
            "Gather", [graph.weight(f"{name}_table", table.weight, half=True), name], f"{name}_half"
        )
        looked_up.append(graph.node("Cast", [rows], f"{name}_seen", to=TensorProto.FLOAT))
    seen = graph.node("Concat", looked_up, "seen", axis=2)
    seen = graph.node("Transpose", [seen], "across", perm=[0, 2, 1])
    hidden = graph.node("Relu", [_convolved(graph, network.first, seen, "first")], "hidden_0")
    for i, layer in enumerate(network.layers):
        made = graph.node("Relu", [_convolved(graph, layer, hidden, f"layer_{i}")], f"made_{i}")
        hidden = graph.node("Add", [hidden, made], f"hidden_{i + 1}")
    logits = graph.node(
        "Transpose", [_convolved(graph, network.last, hidden, "last")], "logits", perm=[0, 2, 1]
    )
    graph.node("Softmax", [logits], "probabilities", axis=2)
    _write(graph, path)


def _convolved(graph: _Graph, layer: torch.nn.Conv1d, source: str, name: str) -> str:
    weight = graph.weight(f"{name}_weight", layer.weight)
    bias = graph.weight(f"{name}_bias", layer.bias)
    pad = layer.padding[0]
    return graph.node(
        "Conv", [source, weight, bias], f"{name}_out",
        dilations=[layer.dilation[0]], kernel_shape=[layer.kernel_size[0]], pads=[pad, pad],
    )  # fmt: skip


def _write(graph: _Graph, path: Path) -> None:
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "length"]) for name in INPUTS]
    output = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, "length", TAGS])
    made = helper.make_graph(graph.nodes, "privacy-sequence", inputs, [output], graph.weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
