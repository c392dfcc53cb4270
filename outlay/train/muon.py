"""Muon: momentum whose every matrix is made nearly orthogonal before the step.

Jordan et al., *Muon: an optimizer for hidden layers in neural networks* (2024); the scale is that of Liu et al., *Muon
is scalable for LLM training* (2025), section 2.2. PyTorch's own works in bfloat16, which a CPU without such
instructions runs many times slower than this.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

QUINTIC = (3.4445, -4.7750, 2.0315)
"""Coefficients of the Newton-Schulz iteration that brings singular values near one."""


class Muon(torch.optim.Optimizer):
    """Steps matrices along their orthogonalized Nesterov momentum, with decoupled weight decay.

    Args:
        matrices: two-dimensional weights of hidden layers.
        lr: learning rate; a step's root mean square is 0.2 of it, as AdamW's is.
        momentum: of the gradient.
        weight_decay: share of the weights, times ``lr``, taken off in a step.
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, momentum: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient."""
        if closure is not None:
            closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad, group)

    def _move(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        momentum = state["momentum"].lerp_(gradient, 1 - group["momentum"])
        direction = orthogonalized(gradient.lerp(momentum, group["momentum"]))
        weight.mul_(1 - group["lr"] * group["weight_decay"])
        weight.add_(direction, alpha=-0.2 * max(weight.shape) ** 0.5 * group["lr"])


def orthogonalized(matrix: Tensor, iterations: int = 5) -> Tensor:
    """The matrix with its singular values brought near one by Newton-Schulz iterations."""
    a, b, c = QUINTIC
    wide = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    x = wide / (wide.norm() + 1e-7)
    for _ in range(iterations):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return x if wide is matrix else x.T
