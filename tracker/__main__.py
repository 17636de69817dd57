"""`python -m tracker` is `tracker`. Ctrl-C while the libraries load ends it as quietly as later."""
import sys

if __name__ == "__main__":
    try:
        from tracker.cli import main
    except KeyboardInterrupt:
        sys.exit(130)
    main(prog_name="tracker")
