"""The product's own settings, with the floors' addresses beside the product's. `bench/lane.py` fills the environment."""

from config.settings import *  # noqa: F403  # everything but the addresses is the product's

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.counting.CountQueries", *MIDDLEWARE]  # noqa: F405  # from the star above
