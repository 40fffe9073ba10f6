"""Prints the seconds that sd-parsers takes for the files it is given."""

import sys
import time

from sd_parsers import ParserManager

manager = ParserManager()


def read(path):
    try:
        return manager.parse(path) is not None
    except Exception:  # It refuses some files; the time counts all the same.
        return False


files = sys.argv[1:]
for path in files[:5]:
    read(path)
started = time.perf_counter()
found = sum(read(path) for path in files)
took = time.perf_counter() - started
assert found > 10, "sd-parsers reads nothing of these files"
print(took)
