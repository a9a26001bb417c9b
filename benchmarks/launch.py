"""Runs one command, and tells its time and its peak of memory.

`launch.py DESCRIPTOR GROUP COMMAND ...`; the control group may be empty.

A process of its own, and a small one: a child's peak of memory is never less than what its
parent had when it was made, and a bench that holds a gigabyte's index is no small parent.
"""

import os
import sys
import time

if __name__ == "__main__":
    if sys.argv[2]:
        with open(os.path.join(sys.argv[2], "cgroup.procs"), "w") as group:  # noqa: PTH118, PTH123
            group.write(str(os.getpid()))
    began = time.perf_counter()
    child = os.posix_spawnp(sys.argv[3], sys.argv[3:], os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    os.write(int(sys.argv[1]), f"{seconds} {usage.ru_maxrss / 1024} {code}".encode())
