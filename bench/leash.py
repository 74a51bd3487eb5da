"""Run a program that ends when whoever started it does, in whatever way: `bench.leash PROGRAM …`.

The kernel sends the signal, so this holds also when the benchmark itself is killed.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    os.execvp(sys.argv[1], sys.argv[1:])
