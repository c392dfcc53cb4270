"""Matrix products in which a column's result does not depend on the columns beside it, to the last bit.

Linear algebra libraries serve the columns at the edges of a block with other kernels than those inside it, and the
kernels differ in the last bit. Here columns stand between unused ones at both edges, in blocks whose inside is served
by one kernel. Which edges and blocks a library wants is found out by trying, once a process.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from outlay.pocket.threads import single_threaded
from outlay.pocket.weights import FloatArray


@dataclass(frozen=True, slots=True)
class Columns:
    """How columns are laid out for one library of linear algebra.

    Attributes:
        edge: unused columns on the left; there are at least as many on the right.
        unit: the number of all columns is a multiple of it.
        widest: most columns of one product.
    """

    edge: int
    unit: int
    widest: int

    def room(self, count: int) -> int:
        """All columns, used and unused, for a number of used ones."""
        return -(-(count + 2 * self.edge) // self.unit) * self.unit

    def used(self, count: int) -> slice:
        """Where the used columns stand."""
        return slice(self.edge, self.edge + count)

    def spread(self, columns: FloatArray) -> FloatArray:
        """(..., count) -> (..., room), zeros around."""
        count = columns.shape[-1]
        wide = np.zeros((*columns.shape[:-1], self.room(count)), np.float32)
        wide[..., self.used(count)] = columns
        return wide

    def product(self, matrix: FloatArray, columns: FloatArray) -> FloatArray:
        """(..., outputs, inputs) @ (..., inputs, room) -> (..., outputs, room); unused columns hold anything."""
        room = columns.shape[-1]
        if room <= self.widest:
            product: FloatArray = matrix @ columns
            return product
        outer = np.broadcast_shapes(matrix.shape[:-2], columns.shape[:-2])
        product = np.zeros((*outer, matrix.shape[-2], room), np.float32)
        for start in range(0, room - 2 * self.edge, self.widest - 2 * self.edge):
            end = min(start + self.widest, room)
            block = matrix @ np.ascontiguousarray(columns[..., start:end])
            inside = slice(start + self.edge, end - self.edge)
            product[..., inside] = block[..., self.edge : end - start - self.edge]
        return product


LAYOUTS = (Columns(8, 8, 320), Columns(16, 16, 192), Columns(0, 8, 8), Columns(0, 4, 4), Columns(0, 1, 1))
"""Fastest first. The last is right by its nature: every column is a product of its own."""


@cache
def columns() -> Columns:
    """The fastest layout that is exact with this process's library of linear algebra."""
    return next((layout for layout in LAYOUTS[:-1] if is_exact(layout)), LAYOUTS[-1])


TRIED = ((128, 256), (352, 128), (32, 51), (97, 33), (8, 20))
"""Inputs and outputs of the matrices that a layout is tried with."""


@single_threaded
def is_exact(layout: Columns) -> bool:
    """Whether random columns give the same bits alone and anywhere among any number of others."""
    rng = np.random.default_rng(0)
    for inputs, outputs in TRIED:
        matrix = rng.normal(size=(outputs, inputs)).astype(np.float32)
        if outputs < inputs:  # values are read across
            matrix = np.ascontiguousarray(matrix.T).T
        some = rng.normal(size=(inputs, 4)).astype(np.float32)
        alone = [layout.product(matrix, layout.spread(some[:, [i]]))[:, layout.edge] for i in range(some.shape[1])]
        expected = np.stack(alone, axis=1)
        for count in (7, 8, 40, 141, 256, 400):
            chosen = rng.integers(some.shape[1], size=count)
            found = layout.product(matrix, layout.spread(some[:, chosen]))[:, layout.used(count)]
            if not np.array_equal(found, expected[:, chosen]):
                return False
    return True
