"""``/harness/worker``: what the worker that answers has loaded.

A lab is ready when every worker can serve every tenant without loading first.
Which worker takes a request is the kernel's choice, so the lab asks several at
once and lets each hold its answer for a moment: the others then go to other
workers. Served without a database, on a host name that names no tenant.
"""
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
        return http.request.make_json_response(answer)
