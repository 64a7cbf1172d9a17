"""The training part of the demo company."""
