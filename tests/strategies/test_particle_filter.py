"""``particle_filter`` is properly weighted with respect to p(x) r(x), with moves and without."""

import pytest

from outlay.core.errors import InvalidSettingError
from outlay.strategies import STRATEGIES
from tests.strategies.weighted_output import check_properly_weighted

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("settings", ["n=4", "n=3, threshold=1, resampling=multinomial", "n=3, threshold=1, moves=1"])
async def test_weights_estimate_the_target_without_bias(settings: str) -> None:
    await check_properly_weighted(f"particle_filter({settings})")


@pytest.mark.parametrize("settings", ["n=0", "threshold=1.5", "moves=-1", "temperature=-1"])
def test_settings_out_of_range_are_refused(settings: str) -> None:
    with pytest.raises(InvalidSettingError, match=settings.partition("=")[0]):
        STRATEGIES.build(f"particle_filter({settings})")
