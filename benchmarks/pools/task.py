"""One task on one pool, in a process of its own; prints what it took as one JSON object."""

import time

STARTED = time.perf_counter()

import json  # noqa: E402 (imports are part of what is measured)
import resource  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

from benchmarks.pools.world import write  # noqa: E402
from outlay.pools import Pool, evaluate  # noqa: E402


def run(task: str, path: Path, problems: int, samples: int, selections: list[str]) -> dict[str, float]:
    """Do it; what there is to say of the result."""
    if task == "write":
        write(path, problems, samples)
        return {}
    if task == "read":
        return {"samples": float(sum(len(problem) for problem in Pool.open(path).problems()))}
    found = evaluate(Pool.open(path), selections)
    return {"rows": float(len(found.rows)), "error": max(row.simulation_error for row in found.rows)}


def main() -> None:
    task, path, problems, samples, *selections = sys.argv[1:]
    told = run(task, Path(path), int(problems), int(samples), selections)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    took = {
        "seconds": time.perf_counter() - STARTED,
        "processor": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1024,
    }
    print(json.dumps({**took, **told}))


if __name__ == "__main__":
    main()
