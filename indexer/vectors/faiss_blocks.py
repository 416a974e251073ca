"""Codes in blocks, as FAISS compares them 32 rows at once (IVF over half a byte a component, fast scan)."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from models.embedding.partition import CODES, Partition
from models.embedding.space import Vectors

_BLOCK = 32
_CODED_AT_ONCE = 65_536


def lists_without_rows(partition: Partition) -> Any:
    """Return an empty index whose lists and codes are the partition's: nothing is ever learnt from rows."""
    quantizer = faiss.IndexFlatIP(partition.dimension)
    strays = np.zeros((1, partition.dimension), dtype=np.float32)
    quantizer.add(np.concatenate([partition.centroids, strays]))
    dimension, bits = partition.dimension, CODES.bit_length() - 1
    index = faiss.IndexIVFPQFastScan(
        quantizer, dimension, partition.lists, dimension, bits, faiss.METRIC_INNER_PRODUCT, _BLOCK
    )
    faiss.copy_array_to_vector(np.ascontiguousarray(partition.levels).ravel(), index.pq.centroids)
    index.is_trained = True
    return index


def fill(index: Any, partition: Partition, vectors: Vectors, list_of_row: NDArray[np.int16]) -> None:
    """Code float32 vectors of shape (n, dimension), n at least 1, into the lists of an empty index."""
    halves = np.concatenate(
        [
            _packed(partition.coded(vectors[first : first + _CODED_AT_ONCE]))
            for first in range(0, len(vectors), _CODED_AT_ONCE)
        ]
    )
    packer = index.get_CodePacker()
    order = np.argsort(list_of_row, kind="stable").astype(np.int64)
    ends = np.cumsum(np.bincount(list_of_row, minlength=partition.lists))
    for number, rows in enumerate(np.split(order, ends[:-1])):
        if rows.size:
            blocks = _in_blocks(halves[rows], packer)
            index.invlists.add_entries(number, rows.size, faiss.swig_ptr(rows), faiss.swig_ptr(blocks))
    index.ntotal = len(vectors)


def _packed(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return two components a byte, the first of them in the lower half; shape (n, dimension / 2)."""
    even = np.pad(codes, ((0, 0), (0, codes.shape[1] % 2)))
    packed: NDArray[np.uint8] = even[:, 0::2] | (even[:, 1::2] << np.uint8(4))
    return packed


def _in_blocks(packed: NDArray[np.uint8], packer: Any) -> NDArray[np.uint8]:
    """Return the blocks of one list as FAISS scans them, the last one filled up with nought."""
    filled: NDArray[np.uint8] = np.pad(packed, ((0, -len(packed) % _BLOCK), (0, 0)))
    blocks = np.empty((len(filled) // _BLOCK, packer.block_size), dtype=np.uint8)
    for number, block in enumerate(blocks):
        theirs = filled[number * _BLOCK : (number + 1) * _BLOCK]
        packer.pack_all(faiss.swig_ptr(theirs), faiss.swig_ptr(block))
    return blocks
