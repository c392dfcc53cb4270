"""Muon makes steps nearly orthogonal, and it finds what least squares finds."""

import pytest
import torch

from outlay.train.muon import Muon, orthogonalized

# As in ``tests.pocket.models``.
torch.set_num_threads(1)


@pytest.mark.parametrize("shape", [(16, 16), (8, 40), (40, 8), (64, 128), (1, 5)])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_singular_values_come_near_one(shape: tuple[int, int], scale: float) -> None:
    generator = torch.Generator().manual_seed(3)
    # A random matrix may have singular values near zero, which five iterations cannot lift: this one gets others.
    left, _, right = torch.linalg.svd(torch.randn(shape, generator=generator), full_matrices=False)
    values = scale * torch.linspace(0.1, 1.0, min(shape))
    found = torch.linalg.svdvals(orthogonalized(left @ torch.diag(values) @ right))
    assert found.min() > 0.6
    assert found.max() < 1.3


def test_directions_are_kept() -> None:
    generator = torch.Generator().manual_seed(4)
    left, _ = torch.linalg.qr(torch.randn(12, 12, generator=generator))
    right, _ = torch.linalg.qr(torch.randn(12, 12, generator=generator))
    found = left.T @ orthogonalized(left @ torch.diag(torch.linspace(0.2, 1, 12)) @ right.T) @ right
    assert torch.allclose(found, torch.diag(found.diag()), atol=1e-4)
    assert (found.diag() > 0.6).all()


def test_of_nothing_there_is_no_direction() -> None:
    assert torch.equal(orthogonalized(torch.zeros(3, 5)), torch.zeros(3, 5))


def test_least_squares_converge() -> None:
    generator = torch.Generator().manual_seed(5)
    inputs = torch.randn(200, 12, generator=generator)
    wanted = torch.randn(12, 6, generator=generator)
    targets = inputs @ wanted
    weight = torch.zeros(12, 6, requires_grad=True)
    optimizer = Muon([weight], lr=0.2, momentum=0.9, weight_decay=0.0)
    steps = 150
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / steps)
        loss = ((inputs @ weight - targets) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 1e-3 * float((targets**2).mean())


def test_weight_decay_shrinks_and_what_has_no_gradient_stays() -> None:
    moved, still = torch.ones(3, 3, requires_grad=True), torch.ones(3, 3, requires_grad=True)
    moved.grad = torch.zeros(3, 3)
    Muon([moved, still], lr=0.1, momentum=0.9, weight_decay=0.5).step()
    assert torch.allclose(moved, torch.full((3, 3), 0.95))
    assert torch.equal(still, torch.ones(3, 3))
