#!/usr/bin/env python3
"""Measures the slowdown by a neighbour with closed loops, without any code of the harness.

A lab must be up, e.g. `bin/harness lab up --kind odoo --setup multi-tenant --tenants 4`:

    python3 e2e/odoo/closedloop.py ~/.local/state/odoo-harness/labs/multi-tenant/status.json

Each abiding tenant (t1, t2, t3) has two clients: one enters and confirms orders, one asks
for stock. Each waits for its answer, then pauses. The disruptive tenant (t4) imports
products in four sessions and reads reports in two, without a pause. It is on in the second
and third of four phases. For each journey and percentile the script prints the latency
without and with it, and the ratio; at the end the geometric mean of the ratios.

A closed loop sends fewer requests while the server is slow. It therefore shows less of a
slowdown than open arrivals do, most of all at high percentiles (coordinated omission).
"""

import argparse
import json
import math
import random
import statistics
import threading
import time
import urllib.request


class Client:
    """One session of one tenant."""

    def __init__(self, access, login):
        self.url, self.host, self.cookie, self.uid = access["url"], access["host"], "", 0
        answer = self.post("/web/session/authenticate",
                           {"db": access["database"], "login": login, "password": access["password"]})
        self.uid = answer["uid"]

    def post(self, path, params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        headers = {"Content-Type": "application/json", "Host": self.host}
        if self.cookie:
            headers["Cookie"] = self.cookie
        request = urllib.request.Request(self.url.rstrip("/") + path, body, headers)
        with urllib.request.urlopen(request, timeout=120) as response:
            for value in response.headers.get_all("Set-Cookie") or []:
                self.cookie = value.split(";")[0]
            answer = json.load(response)
        if "error" in answer:
            raise RuntimeError(answer["error"].get("data", {}).get("message") or answer["error"].get("message"))
        return answer["result"]

    def call(self, model, method, *args, **kwargs):
        return self.post(f"/web/dataset/call_kw/{model}/{method}",
                         {"model": model, "method": method, "args": args, "kwargs": kwargs})


class Phases:
    """The time line: off, on, on, off, each of one length."""

    def __init__(self, seconds, settle):
        self.start, self.seconds, self.settle = time.monotonic() + 1, seconds, settle

    def at(self, when):
        """The condition of a moment, or None between two of them."""
        phase, within = divmod(when - self.start, self.seconds)
        if not 0 <= phase < 4:
            return None
        edge = phase in (1, 3)
        if edge and within < self.settle:
            return None
        return "with" if phase in (1, 2) else "without"

    def on(self):
        return 1 <= (time.monotonic() - self.start) // self.seconds < 3

    def over(self):
        return time.monotonic() > self.start + 4 * self.seconds


def loop(phases, record, name, pause, journey):
    """Runs one journey again and again and records how long each one takes."""
    while time.monotonic() < phases.start:
        time.sleep(0.01)
    while not phases.over():
        begun = time.monotonic()
        try:
            journey()
        except Exception as problem:  # an unserved journey counts as endless
            record(name, begun, math.inf, problem)
        else:
            record(name, begun, time.monotonic() - begun, None)
        time.sleep(random.expovariate(1 / pause))


def disturb(phases, work):
    while not phases.over():
        if not phases.on():
            time.sleep(0.05)
            continue
        try:
            work()
        except Exception:  # the disruptive tenant's own errors do not matter
            time.sleep(0.1)


def abiding(access, phases, record, pause):
    """The two clients of an abiding tenant."""
    sales, stock = Client(access, access["logins"][0]), Client(access, access["logins"][-1])
    products = sales.call("product.product", "create",
                          [{"name": f"closed loop {n}", "type": "consu", "list_price": 10} for n in range(5)])
    partner = sales.call("res.partner", "create", [{"name": "closed loop"}])[0]

    def order():
        lines = [[0, 0, {"product_id": p, "product_uom_qty": 1}] for p in random.sample(products, 2)]
        made = sales.call("sale.order", "create", [{"partner_id": partner, "order_line": lines}])
        sales.call("sale.order", "action_confirm", made)

    def ask():
        stock.call("stock.quant", "search_read", [["product_id", "in", products]], fields=["quantity"], limit=20)

    return [threading.Thread(target=loop, args=(phases, record, "orders", 4 * pause, order)),
            threading.Thread(target=loop, args=(phases, record, "stock", pause, ask))]


def disruptive(access, phases, rows, importers):
    """The clients of the disruptive tenant."""
    threads = []
    for number in range(importers):
        client = Client(access, access["logins"][number % len(access["logins"])])

        def load(client=client, number=number):
            data = [[f"closed loop {number} {n} {random.random()}", "10"] for n in range(rows)]
            client.call("product.product", "load", ["name", "list_price"], data)

        threads.append(threading.Thread(target=disturb, args=(phases, load)))
    for number in range(2):
        client = Client(access, access["logins"][number % len(access["logins"])])

        def report(client=client):
            client.call("sale.report", "formatted_read_group", [], ["date:month", "product_id"], ["price_total:sum"])

        threads.append(threading.Thread(target=disturb, args=(phases, report)))
    return threads


def percentile(values, p):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, math.ceil(p * len(ordered)) - 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("status", help="status.json of the lab")
    parser.add_argument("--seconds", type=float, default=30, help="length of a phase")
    parser.add_argument("--settle", type=float, default=4, help="left out after each edge, s")
    parser.add_argument("--pause", type=float, default=0.5, help="mean pause of the stock client, s")
    parser.add_argument("--rows", type=int, default=150, help="rows of an import")
    parser.add_argument("--importers", type=int, default=4)
    options = parser.parse_args()
    with open(options.status, encoding="utf-8") as file:
        tenants = json.load(file)["tenants"]
    phases = Phases(math.inf, options.settle)
    seen, lock, problems = {}, threading.Lock(), []

    def record(name, begun, took, problem):
        condition = phases.at(begun)
        with lock:
            if problem:
                problems.append(str(problem))
            if condition:
                seen.setdefault((name, condition), []).append(took)

    threads = [t for access in tenants[:-1] for t in abiding(access, phases, record, options.pause)]
    threads += disruptive(tenants[-1], phases, options.rows, options.importers)
    phases.seconds, phases.start = options.seconds, time.monotonic() + 1
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for p in (0.5, 0.9, 0.95):
        logs = []
        for name in ("orders", "stock"):
            calm, under = seen.get((name, "without"), []), seen.get((name, "with"), [])
            if not calm or not under:
                print(f"{name}: nothing was seen")
                continue
            a, b = percentile(calm, p), percentile(under, p)
            logs.append(math.log(b / a))
            print(f"P{100 * p:.0f} of {name}: {1000 * a:.0f} ms without (n={len(calm)}), {1000 * b:.0f} ms with (n={len(under)}): {b / a:.2f} times")
        if logs:
            print(f"P{100 * p:.0f}: {math.exp(statistics.mean(logs)):.2f} times (geometric mean)")
    if problems:
        print(f"{len(problems)} journeys failed, e.g. {problems[0]}")


if __name__ == "__main__":
    main()
