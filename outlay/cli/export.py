"""``outlay models export``: a pocket language model as a folder that Hugging Face's tools load."""

from pathlib import Path
from typing import Annotated

import typer

from outlay.core.errors import InvalidInputError
from outlay.models import MODELS
from outlay.models.pocket import Pocket
from outlay.pocket.hugging_face import export_language_model


def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; files of the same names are replaced.")],
    model: Annotated[str, typer.Option(help="A pocket model: pocket, or pocket:FOLDER.")] = "pocket",
) -> None:
    """Write a pocket language model as a Hugging Face folder, for transformers, vLLM and their like."""
    built = MODELS.build(model)
    if not isinstance(built, Pocket):
        raise InvalidInputError(f"only pocket models can be exported; {model!r} is none")
    export_language_model(built.folder, folder)
    typer.echo(f"model: {folder}")
