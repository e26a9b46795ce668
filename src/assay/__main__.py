"""`python -m assay` is the command line."""

from assay.interfaces.cli import main

if __name__ == "__main__":  # processes of our own import this once more
    main()
