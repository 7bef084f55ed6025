import math
from dataclasses import FrozenInstanceError, dataclass

import pytest
import torch

from spikelet.errors import ParameterError
from spikelet.neurons import IF
from spikelet.reset import Hard, NoReset, Soft
from spikelet.surrogate import ATan, FastSigmoid, Sigmoid

POINTS = [-2, -0.5, 0, 0.25, 1, 2.5]

# Printed by SpikingJelly 2.0.0 (ATan, Sigmoid) to five digits; FastSigmoid from (1 + 25 |u|)^-2.
SLOPES = {
    ATan(): [0.024705, 0.2884, 1, 0.61849, 0.092, 0.015953],
    Sigmoid(): [0.001341, 0.41997, 1, 0.78645, 0.070651, 0.00018167],
    FastSigmoid(): [1 / 51**2, 1 / 13.5**2, 1, 1 / 7.25**2, 1 / 26**2, 1 / 63.5**2],
}
PRIMITIVES = {
    ATan: lambda u, a: torch.atan(math.pi / 2 * a * u) / math.pi + 0.5,
    Sigmoid: lambda u, a: torch.sigmoid(a * u),
    FastSigmoid: lambda u, a: u / (1 + a * u.abs()),
}


@pytest.mark.parametrize("surrogate", SLOPES)
def test_slope_equals_the_table(surrogate):
    slope = surrogate.slope(torch.tensor(POINTS))
    torch.testing.assert_close(slope, torch.tensor(SLOPES[surrogate]), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("alpha", [0.5, 2.0, 25.0])
@pytest.mark.parametrize("kind", PRIMITIVES)
def test_slope_is_the_derivative_of_the_primitive(kind, alpha):
    # Odd offsets: no point falls on the kink of FastSigmoid's second derivative.
    u = torch.linspace(-3.03, 2.97, 41, dtype=torch.float64)
    h = 1e-5
    primitive = PRIMITIVES[kind]
    numeric = (primitive(u + h, alpha) - primitive(u - h, alpha)) / (2 * h)
    torch.testing.assert_close(kind(alpha=alpha).slope(u), numeric, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("surrogate", SLOPES)
def test_slope_far_from_the_threshold_is_zero_and_never_nan(surrogate):
    u = torch.tensor([-3e38, -1e10, 1e10, 3e38])
    assert surrogate.slope(u).tolist() == pytest.approx([0] * 4, abs=1e-18)


@pytest.mark.parametrize("surrogate", SLOPES)
def test_the_gradient_of_a_spike_is_the_slope(surrogate):
    x = torch.tensor(POINTS).reshape(1, 1, 6).requires_grad_()
    IF(threshold=0.5, reset=NoReset(), surrogate=surrogate)(x).sum().backward()
    assert torch.equal(x.grad[0, 0], surrogate.slope(torch.tensor(POINTS) - 0.5))


def test_a_surrogate_that_can_change_is_refused():
    @dataclass
    class Box:
        width: float = 1.0

        def slope(self, u):
            return 1.0 / (1.0 + abs(u) / self.width)

    with pytest.raises(
        ParameterError, match=r"`surrogate` must be frozen, got .*; write `@dataclass\(frozen=True"
    ):
        IF(surrogate=Box())


@pytest.mark.parametrize("kind", PRIMITIVES)
@pytest.mark.parametrize("alpha", [0, -1, math.nan, math.inf, True, "2", None])
def test_an_illegal_alpha_is_refused(kind, alpha):
    with pytest.raises(ParameterError, match="`alpha` must be a finite number above 0, got"):
        kind(alpha=alpha)


@pytest.mark.parametrize("to", [math.nan, math.inf, True, None, "0"])
def test_an_illegal_reset_value_is_refused(to):
    with pytest.raises(ParameterError, match="`to` must be a finite number, got"):
        Hard(to=to)


@pytest.mark.parametrize("kind", [Hard, Soft])
def test_detach_must_be_a_truth_value(kind):
    with pytest.raises(ParameterError, match="`detach` must be True or False, got 1"):
        kind(detach=1)


@pytest.mark.parametrize("thing", [ATan(), Sigmoid(), FastSigmoid(), Hard(), Soft()])
def test_surrogates_and_resets_do_not_change(thing):
    name = next(iter(vars(thing)))
    with pytest.raises(FrozenInstanceError):
        setattr(thing, name, 3.0)
