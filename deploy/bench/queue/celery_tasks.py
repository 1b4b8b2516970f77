"""The task of the Celery peer: counts that it was done."""

import os

import redis
from celery import Celery

app = Celery("celery_tasks", broker=os.environ["MULTIPOD_BENCH_REDIS"])
app.conf.task_ignore_result = True
app.conf.task_acks_late = True
connection = redis.Redis.from_url(os.environ["MULTIPOD_BENCH_REDIS"])


@app.task
def task(item):
    connection.incr("done")
