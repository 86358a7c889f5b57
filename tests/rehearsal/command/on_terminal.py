"""``python -m rehearsal`` with standard input's terminal as its own, so that Ctrl-C reaches it.

The process has to lead a session.
"""

import fcntl
import runpy
import termios

if __name__ == "__main__":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    runpy.run_module("rehearsal", run_name="__main__", alter_sys=True)
