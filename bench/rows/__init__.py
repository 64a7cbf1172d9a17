"""The rows of the design's speed table, each with its floor in its own file."""

from bench.rows import api_lists, bulk_post, imports, pages, past, runs, training, visible

ROWS = (
    *api_lists.ROWS, *pages.ROWS, *bulk_post.ROWS, *imports.ROWS, *runs.ROWS, *past.ROWS, *training.ROWS,
    *visible.ROWS,
)  # fmt: skip
