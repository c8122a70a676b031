"""Runs a command and says what it took, as the kernel counted it.

Usage: python measured.py RESULT.json COMMAND [ARGUMENT...]

Writes ``{"wall_s", "cpu_s", "max_resident_mib", "major_faults"}`` and ends as the command ended. The command and whatever it waited for
are counted; peak memory is that of the largest single process.
"""

import json
import os
import subprocess
import sys
import time


def main() -> int:
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    started = time.monotonic()
    process = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(process.pid, 0)
    took = {
        "wall_s": time.monotonic() - started,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "max_resident_mib": usage.ru_maxrss / 1024,
        "major_faults": usage.ru_majflt,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(took, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
