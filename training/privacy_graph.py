"""An ONNX graph under construction, with 8-bit products and tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

_TABLE_TOP, _PRODUCT_TOP = 127, 63
"""Largest 8-bit value. Products keep one bit back: without VNNI their sums overflow."""

Values = npt.NDArray[np.float32]


class Graph:
    """Nodes and weights; names are numbers in the order of making."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._made = 0

    def node(self, kind: str, inputs: list[str], output: str = "", domain: str = "", **stated: object) -> str:
        """Add a node with one output and return the output's name."""
        output = output or self._name()
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **stated))
        return output

    def nodes_of(self, kind: str, inputs: list[str], outputs: int, **stated: object) -> list[str]:
        """Add a node with several outputs and return their names."""
        names = [self._name() for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **stated))
        return names

    def weight(self, values: npt.NDArray[np.generic]) -> str:
        """Add a constant and return its name."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), self._name()))
        return str(self.weights[-1].name)

    def quantised_rows(self, table: Values, index: str) -> str:
        """Return the rows of ``table`` at ``index``; each row has a scale of its own."""
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9) / _TABLE_TOP
        rows = self.node("Gather", [self.weight(np.round(table / scale).astype(np.int8)), index])
        rows = self.node("Cast", [rows], to=TensorProto.FLOAT)
        scales = self.node("Gather", [self.weight(scale.astype(np.float32)), index])
        return self.node("Mul", [rows, scales])

    def quantised_products(self, seen: str, parts: list[tuple[Values, Values]]) -> list[str]:
        """Return ``seen`` times each kernel (in, out) plus its bias; ``seen`` is quantised once a run."""
        small, by, zero = self.nodes_of("DynamicQuantizeLinear", [seen], 3)
        return [self._product(small, by, zero, kernel, bias) for kernel, bias in parts]

    def _product(self, small: str, by: str, zero: str, kernel: Values, bias: Values) -> str:
        scale = np.maximum(np.abs(kernel).max(axis=0), 1e-9) / _PRODUCT_TOP
        whole = np.clip(np.round(kernel / scale), -_PRODUCT_TOP, _PRODUCT_TOP).astype(np.int8)
        made = self.node("MatMulInteger", [small, self.weight(whole), zero])
        made = self.node("Cast", [made], to=TensorProto.FLOAT)
        scales = self.node("Mul", [by, self.weight(scale.astype(np.float32))])
        return self.node("Add", [self.node("Mul", [made, scales]), self.weight(bias)])

    def _name(self) -> str:
        self._made += 1
        return f"v{self._made}"
