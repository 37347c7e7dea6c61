"""Sessions in Redis for every database of this server.

Loaded by ``server_wide_modules``; nothing has to be installed in a database.
Without ``HARNESS_SESSION_REDIS_URL`` in the environment the module changes
nothing about sessions, so that a template can be built with it and without a Redis.
"""
from . import controllers
from . import store
from . import warm

store.install()
warm.install()
