"""What the gateway adds to a request: the same request to the same replica, directly and through it, in turns, on kept connections."""

import http.client
import pathlib
import statistics
import tempfile
import time

from processes import Service

ROUNDS, REQUESTS, PATH = 15, 400, "/tcp-echo/replica"


def once(connection):
    began = time.perf_counter()
    connection.request("GET", PATH)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, answer.status
    return time.perf_counter() - began


with tempfile.TemporaryDirectory() as folder:
    upstream = Service("tcp-echo").wait_ready()
    pathlib.Path(folder, "tcp-echo").write_text(f"tcp-echo-1 127.0.0.1 {upstream.http}\n")
    gateway = Service("gateway", environment={"MULTIPOD_PEERS_DIRECTORY": folder}).wait_ready()
    ways = {"directly": upstream, "through the gateway": gateway}
    connections = {way: http.client.HTTPConnection("127.0.0.1", service.http) for way, service in ways.items()}
    try:
        for connection in connections.values():  # the JIT has its time too
            for _ in range(4000):
                once(connection)
        medians, tails = {way: [] for way in ways}, {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, connection in connections.items():
                times = sorted(once(connection) for _ in range(REQUESTS))
                medians[way].append(times[REQUESTS // 2])
                tails[way].append(times[REQUESTS * 99 // 100])
        for way in ways:
            print(f"{way:20} p50 {statistics.median(medians[way]) * 1e3:6.3f} ms   p99 {statistics.median(tails[way]) * 1e3:6.3f} ms")
        added = statistics.median(b - a for a, b in zip(medians["directly"], medians["through the gateway"]))
        print(f"added at the median  {added * 1e3:.3f} ms")
    finally:
        gateway.stop()
        upstream.stop()
