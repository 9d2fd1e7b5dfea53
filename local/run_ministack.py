"""Runs MiniStack as the leader of its process group, and ends the group when the parent is gone.

The parent holds the other end of standard input: however it ends, even killed, the pipe closes, and neither the emulator
nor the functions that it started outlive it. TMPDIR is private to this start and goes with it.
"""

import os
import shutil
import signal
import sys
import threading


def end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if os.getpgrp() != os.getpid():
    sys.exit("run_ministack.py has to lead a process group of its own")
threading.Thread(target=end_with_parent, daemon=True).start()

from ministack.app import main  # noqa: E402  (importing takes a second: the watch has to stand before)

main()
