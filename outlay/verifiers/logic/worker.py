"""The prover's side: a process that reads one job, asks Z3, writes a line for each question, and ends.

It is started by its path with isolated, bare Python, and imports nothing but the standard library and Z3. A job is a
JSON object with ``questions`` (SMT-LIB scripts), ``seconds`` of CPU time and ``memory`` in bytes for all of them. The
first line says that Z3 is there; then comes one for each question, a JSON object with ``status`` (``sat``, ``unsat``,
``unknown``), and ``model`` where there is a small one.
"""

import json
import os
import resource
import signal
import sys
from itertools import product
from typing import Any

MOST_OBJECTS = 8
"""No larger model is written out."""
MOST_TUPLES = 4096
"""No more are tried for one predicate."""


def main() -> None:
    """Answer the job on standard input on standard output; the first argument is the folder that has Z3."""
    sys.path.append(sys.argv[1])
    job = json.load(sys.stdin)
    import z3  # noqa: PLC0415 (its folder is known only now)

    _tell({"status": "ready"})
    _limit(job["seconds"], job["memory"])
    for question in job["questions"]:
        solver = z3.Solver()
        solver.add(z3.parse_smt2_string(question))
        status = str(solver.check())
        _tell({"status": status, "model": _model(solver.model()) if status == "sat" else None})


def _tell(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201 (the pipe to the caller)


def _limit(seconds: float, memory: int) -> None:
    """End this process when it has used its CPU time; refuse it more memory than it may have."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, memory)):
        hard = resource.getrlimit(limit)[1]
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        if limit != resource.RLIMIT_AS or sys.platform == "linux":
            resource.setrlimit(limit, (lowest, lowest))


def _model(model: Any) -> dict[str, Any] | None:
    """A Z3 model as plain values: the number of objects, what constants name, the tuples of each predicate."""
    sorts = model.sorts()
    objects = list(model.get_universe(sorts[0]) or []) if sorts else []
    if len(objects) > MOST_OBJECTS:
        return None
    numbers = {str(one): number for number, one in enumerate(objects)}
    constants: dict[str, int] = {}
    relations: dict[str, list[list[int]]] = {}
    for declared in model.decls():
        name = declared.name()
        if name.startswith("c"):
            constants[name] = numbers[str(model[declared])]
        elif name.startswith("p"):
            if max(1, len(objects)) ** declared.arity() > MOST_TUPLES:
                return None
            true = (one for one in product(objects, repeat=declared.arity()) if _is_true(model, declared, one))
            relations[name] = [[numbers[str(part)] for part in one] for one in true]
    return {"size": max(1, len(objects)), "constants": constants, "relations": relations}


def _is_true(model: Any, declared: Any, arguments: tuple[Any, ...]) -> bool:
    return str(model.eval(declared(*arguments), model_completion=True)) == "True"


if __name__ == "__main__":
    main()
    os._exit(0)
