"""Starts one command and tells what it took: python3 -I -S launch.py REPORT COMMAND...

A process of its own, and a small one: the peak memory that the kernel tells of
a child is never below that of the process that started it, and the process
that makes data and compares answers is large.
"""

import os
import sys
import time


def main(report, command):
    begun = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - begun
    with open(report, "w") as file:
        file.write(f"{seconds} {os.waitstatus_to_exitcode(status)} {usage.ru_maxrss * 1024}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
