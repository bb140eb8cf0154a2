"""`python -m studio`, and the command `studio`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program. Interrupting it while it is still loading ends it as quietly as later on."""
    try:
        from studio.cli import main as run_program

        run_program()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
