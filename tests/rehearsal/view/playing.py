"""Plays a recording on this process's terminal; `python -m tests.rehearsal.view.playing HOW`.

`end`: to its end. `wait`: until Ctrl-C. `raise`: an error in the middle.
"""

from __future__ import annotations

import signal
import sys
import threading
import time

from rehearsal.view.show import view_for

from .recordings import mark, shifting, taken_back


def main() -> None:
    """Show it as the rehearsal does."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    view = view_for(sys.stdout, lock=threading.Lock())
    try:
        view.say("the set-up is told\x1b]0;title\x07")
        recording = shifting()
        view.begin(recording)
        view.refresh()
        view.say("a line that stays")
        mark(recording.environment("prod"), 31, "action", "the database was restarted")
        view.refresh()
        if sys.argv[1] == "raise":
            raise RuntimeError("in the middle")
        while sys.argv[1] == "wait":
            view.refresh()
            time.sleep(0.05)
        view.end(taken_back())
    finally:
        view.close()


if __name__ == "__main__":
    main()
