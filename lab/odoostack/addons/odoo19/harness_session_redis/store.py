"""The session store: one Redis key a session, named ``session:<sid>``.

The key's form and its lifetimes (7 days, 3 hours for a visitor without login)
are those of the widely used ``session_redis`` addon, so that what is measured
here is what such installations meet. Rotation, key generation and key checks
stay Odoo's own: only loading and storing change.

Environment:

``HARNESS_SESSION_REDIS_URL``      ``redis://:password@host:port/0``
``HARNESS_SESSION_REDIS_TIMEOUT``  seconds a worker waits for an answer; empty or
                                   0 waits for ever, which is redis-py's default
"""
import json
import logging
import os

import redis

from odoo import http

_logger = logging.getLogger(__name__)

PREFIX = "session:"
LIFETIME = 7 * 24 * 3600
LIFETIME_ANONYMOUS = 3 * 3600


class RedisSessionStore(http.FilesystemSessionStore):
    """Odoo's session store with Redis in the place of its folder of files."""

    def __init__(self, client, **options):
        super().__init__(http.config.session_dir, **options)
        self.client = client

    def _key(self, sid):
        return PREFIX + sid

    def save(self, session):
        """Store the session and start its lifetime anew."""
        lifetime = LIFETIME if session.uid else LIFETIME_ANONYMOUS
        data = json.dumps(dict(session), separators=(",", ":"))
        self.client.set(self._key(session.sid), data, ex=lifetime)

    def get(self, sid):
        """The session, or a new one when Redis has none under this key."""
        if not self.is_valid_key(sid):
            return self.new()
        data = self.client.get(self._key(sid))
        if data is None:
            return self.new()
        return self.session_class(json.loads(data), sid, False)

    def delete(self, session):
        self.client.delete(self._key(session.sid))

    def vacuum(self, max_lifetime=http.SESSION_LIFETIME):
        """Redis drops what has expired by itself."""

    def get_missing_session_identifiers(self, identifiers):
        """Those of ``identifiers`` (beginnings of session keys) without a session."""
        return {i for i in identifiers if not self._starting_with(i)}

    def delete_from_identifiers(self, identifiers):
        for identifier in identifiers:
            if not http._session_identifier_re.match(identifier):
                raise ValueError("not the beginning of a session key: %r" % (identifier,))
            keys = self._starting_with(identifier)
            if keys:
                self.client.delete(*keys)

    def _starting_with(self, identifier):
        # Keys are base64url: no character of theirs is special in a pattern.
        return list(self.client.scan_iter(match=self._key(identifier) + "*", count=1000))


def install():
    """Put the store in the place where Odoo looks for its own."""
    url = os.environ.get("HARNESS_SESSION_REDIS_URL")
    if not url:
        return
    timeout = float(os.environ.get("HARNESS_SESSION_REDIS_TIMEOUT") or 0) or None
    client = redis.Redis.from_url(url, socket_timeout=timeout, socket_connect_timeout=timeout)
    store = RedisSessionStore(client, session_class=http.Session, renew_missing=True)
    # session_store is a cached_property of the application: what lies in the
    # instance's dictionary is what it answers.
    http.root.__dict__["session_store"] = store
    _logger.info("sessions are in Redis, socket timeout %s", timeout or "none")
