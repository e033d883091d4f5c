"""Runs one program once, with a time limit, and says what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time

from programs import HERE, Failed


def run(command: list[str], label: str, limit: float, whole_process: bool = False) -> dict:
    """A record with `seconds_process` and `peak_memory_bytes` of the whole process, what its last line of JSON says (or, of a
    whole-process job, its `output`), and `status`:

    `ok`; `stopped` where the limit ended it: what it had measured by then stands, and `seconds_at_least` is how long the run
    that was interrupted (or the whole-process job) had taken, absent where none had begun; `failed` with a `reason`.
    """
    # Python's warnings would be counted as printing; threads are those that peers limit themselves to.
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}
    lines: list[tuple[float, str]] = []
    with tempfile.TemporaryFile() as problems:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=problems, env=environment, cwd=HERE, text=True,
                                 errors="replace")
        reader = threading.Thread(target=lambda: lines.extend((time.perf_counter(), line) for line in child.stdout))
        reader.start()
        stopped = threading.Event()
        timer = threading.Timer(limit, lambda: (stopped.set(), child.kill()))
        timer.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:  # an interrupt: nothing goes on behind the back of who stopped this
            child.kill()
            raise
        finally:
            timer.cancel()
        end = time.perf_counter()
        reader.join()
        child.returncode = os.waitstatus_to_exitcode(status)
        problems.seek(0)
        messages = problems.read().decode(errors="replace").strip().splitlines()
    # Counts what this process held when it started the child, too, which is why this program imports next to nothing.
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    record = {"status": "ok", "seconds_process": end - start, "peak_memory_bytes": memory}
    if child.returncode != 0 and not stopped.is_set():
        return record | {"status": "failed", "reason": f"{label} ended with code {child.returncode}: "
                                                       f"{messages[-1] if messages else 'no message'}"}
    if stopped.is_set():
        record["status"] = "stopped"
    if whole_process:
        record |= {"seconds_at_least": end - start} if stopped.is_set() else {}
        return record | {"output": "".join(line for _, line in lines)}
    known = [(moment, parsed) for moment, line in lines if (parsed := parse(line)) is not None]
    if stopped.is_set() and known and known[-1][1].get("event") == "run":
        record["seconds_at_least"] = end - known[-1][0]
    measured = [parsed for _, parsed in known if "seconds_jacobian" in parsed]
    if measured:
        return measured[-1] | record | {"peak_memory_bytes": memory}
    if stopped.is_set():
        return record
    return record | {"status": "failed", "reason": f"{label} printed no line of JSON with seconds_jacobian"}


def parse(line: str) -> dict | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def lines_of_json(command: list[str]) -> list[dict]:
    """What a command prints, a JSON object a line."""
    found = subprocess.run(command, capture_output=True, text=True)
    if found.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with code {found.returncode}: {found.stderr.strip()[-200:]}")
    return [parsed for line in found.stdout.splitlines() if (parsed := parse(line)) is not None]
