"""``/harness/worker``: what the worker that answers has loaded.

As on Odoo 19, with the controllers of Odoo 14. It is also the page by which the lab
sees that a server answers: ``/web/health`` came with Odoo 15.
"""
import json
import os
import time

from odoo import http

from . import warm as warming


class Worker(http.Controller):

    @http.route("/harness/worker", type="http", auth="none", save_session=False)
    def worker(self, warm="", hold="0"):
        """Warm the named databases, wait ``hold`` seconds, tell who did it."""
        for name in filter(None, warm.split(",")):
            warming.serve_once(name)
        time.sleep(min(float(hold), 5))
        answer = {"pid": os.getpid(), "warm": sorted(warming.WARM)}
        return http.request.make_response(json.dumps(answer), [("Content-Type", "application/json")])
