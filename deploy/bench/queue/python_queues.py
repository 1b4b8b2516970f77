"""Items of 200 bytes through Python's own queue between processes, and through Celery on Redis.

Usage: python_queues.py joinable | celery. Prints the median of five rounds.
"""

import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ITEM = "x" * 200
ROUNDS = 5


def told(what, rates):
    print(f"{what:<44} {statistics.median(rates):9,.0f} items/s ({min(rates):,.0f} to {max(rates):,.0f})")


def eat(queue):
    while queue.get() is not None:
        queue.task_done()
    queue.task_done()


def joinable(items=50_000, eaters=2):
    queue = multiprocessing.JoinableQueue()
    processes = [multiprocessing.Process(target=eat, args=(queue,), daemon=True) for _ in range(eaters)]
    for process in processes:
        process.start()
    start = time.perf_counter()
    for _ in range(items):
        queue.put(ITEM)
    queue.join()
    rate = items / (time.perf_counter() - start)
    for _ in processes:
        queue.put(None)
    queue.join()
    return rate


def celery():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        redis_server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--appendonly", "yes",
             "--save", ""], stdout=subprocess.DEVNULL)
        os.environ["MULTIPOD_BENCH_REDIS"] = f"redis://127.0.0.1:{port}/0"
        import redis
        counter = redis.Redis(port=port)
        while True:
            try:
                counter.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "--concurrency", "2", "--loglevel",
             "ERROR", "--without-gossip", "--without-mingle"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            from celery_tasks import task
            puts, gets = [], []
            for round_ in range(ROUNDS + 1):
                counter.set("done", 0)
                items = 3000 if round_ else 300
                start = time.perf_counter()
                for _ in range(items):
                    task.delay(ITEM)
                put = time.perf_counter() - start
                while int(counter.get("done")) < items:
                    time.sleep(0.01)
                if round_:
                    puts.append(items / put)
                    gets.append(items / (time.perf_counter() - start))
            told("Celery on Redis, delay(), one caller", puts)
            told("Celery on Redis, put and done, two workers", gets)
        finally:
            worker.terminate()
            worker.wait()
            redis_server.terminate()
            redis_server.wait()


if __name__ == "__main__":
    if sys.argv[1] == "joinable":
        told("JoinableQueue, put and done, two processes", [joinable() for _ in range(ROUNDS)])
    else:
        celery()
