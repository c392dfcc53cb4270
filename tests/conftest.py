"""Settings and models that all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is no failure.
settings.register_profile("outlay", deadline=None)
settings.load_profile("outlay")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def pocket_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with small random pocket models; read it only."""
    from tests.pocket.models import write_models  # noqa: PLC0415 (needs PyTorch)

    return write_models(tmp_path_factory.mktemp("pocket") / "models")
