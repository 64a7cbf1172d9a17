"""The demo company's governance: builders that call services."""
