"""Replays a table of operations against multiprocessing.JoinableQueue.

Reads the table named by the first argument and prints one line for each operation: what came of it.
"""

import json
import multiprocessing
import os
import queue
import re
import sys
import threading
import time

ENOUGH = 30  # seconds for what must happen
A_WHILE = 0.3  # seconds after which what has not happened is said to wait
OPERATION = re.compile(r'(\w+)(?: ("(?:[^"\\]|\\.)*"))?(?: (\S+))?$')


class Replay:
    def __init__(self, maxsize):
        self.q = multiprocessing.JoinableQueue(maxsize)
        self.later = {}

    def settle(self):
        """An item that was put is in the buffer of a feeder thread first, where no get finds it."""
        deadline = time.monotonic() + ENOUGH
        while self.q.qsize() > 0 and self.q.empty() and time.monotonic() < deadline:
            time.sleep(0.001)

    def run(self, verb, item, option):
        if verb == 'await':
            thread, answers = self.later.pop(option)
            thread.join(ENOUGH)
            return answers[0] if answers else 'blocked'
        if option.startswith('later='):
            answers = []
            thread = threading.Thread(
                target=lambda: answers.append(self.now(verb, item, '')), daemon=True)
            thread.start()
            thread.join(A_WHILE)
            self.later[option[6:]] = thread, answers
            return 'blocked' if thread.is_alive() else answers[0]
        return self.now(verb, item, option)

    def now(self, verb, item, option):
        block = option != 'nowait'
        timeout = float(option[8:]) if option.startswith('timeout=') else ENOUGH
        try:
            if verb == 'put':
                self.q.put(item, block=block, timeout=timeout)
                return 'put'
            if verb == 'get':
                if not block or timeout <= 0:
                    self.settle()
                return 'got ' + json.dumps(self.q.get(block=block, timeout=timeout), ensure_ascii=False)
            if verb == 'task_done':
                self.q.task_done()
                return 'done'
            if verb == 'join':  # CPython's has no timeout
                joiner = threading.Thread(target=self.q.join, daemon=True)
                joiner.start()
                joiner.join(timeout)
                return 'waits' if joiner.is_alive() else 'joined'
            self.settle()
            return json.dumps(getattr(self.q, verb)())
        except (queue.Full, queue.Empty, ValueError) as error:
            return type(error).__name__


replay = None
with open(sys.argv[1], encoding='utf-8') as table:
    for line in table:
        line = line.strip()
        if line.startswith('maxsize '):
            replay = Replay(int(line[8:]))
        elif ' -> ' in line and not line.startswith('#'):
            verb, item, option = OPERATION.match(line.split(' -> ')[0].strip()).groups('')
            print(replay.run(verb, json.loads(item) if item else None, option), flush=True)
os._exit(0)  # threads that still wait are not waited for
