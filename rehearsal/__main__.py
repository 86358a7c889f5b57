"""``python -m rehearsal``."""

import signal
import sys


def _main() -> int:
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Until the command can end in order Ctrl-C ends it at once, in silence: nothing runs yet.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from .command_line import main  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        name = str(missing.name).partition(".")[0]
        print(
            f"rehearsal: the package {name} is not installed. "
            "Install what requirements-rehearse.txt names, as `make rehearse` does",
            file=sys.stderr,
        )
        return 2
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return main()


if __name__ == "__main__":
    sys.exit(_main())
