"""``outlay-lm-eval``: the command of lm-eval, which finds no models by itself, with ``--model outlay`` known to it."""

import sys

from outlay.core.errors import InvalidInputError, MissingExtraError, OutlayError


def main() -> None:
    """Run lm-eval's command line and turn errors of ours into messages and exit codes."""
    try:
        _run()
    except OutlayError as error:
        print(f"outlay: {error}", file=sys.stderr)  # noqa: T201 (a command of its own)
        sys.exit(2 if isinstance(error, InvalidInputError) else 1)


def _run() -> None:
    try:
        from lm_eval.__main__ import cli_evaluate  # noqa: PLC0415 (an extra)
    except ImportError:
        raise MissingExtraError("outlay-lm-eval", "lm-eval") from None
    from outlay.adapters import lm_eval_model  # noqa: F401, PLC0415 (registers the model)

    cli_evaluate()
