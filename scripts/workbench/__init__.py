"""The workbench behind `./run`. Python's standard library only: it runs before anything is installed."""
