"""How soon a small service is ready, with and without the AOT cache, and what it holds resident when idle."""

import pathlib
import shutil
import statistics
import tempfile
import time

from processes import ROOT, Service

ROUNDS, IDLE_SECONDS, SERVICE = 7, 10, "tcp-echo"

work = pathlib.Path(tempfile.mkdtemp())
try:
    # The cache is made from a copy: it holds the paths and the times of the jars it was trained on.
    shutil.copytree(ROOT / "services" / SERVICE / "target" / "quarkus-app", work / "app")
    jar, cache = work / "app" / "quarkus-run.jar", work / "app.aot"
    Service(SERVICE, [f"-XX:AOTCacheOutput={cache}"], jar=jar).wait_ready().stop()

    kinds = {"without the cache": [], "with the cache": [f"-XX:AOTCache={cache}", "-XX:AOTMode=on"]}
    times = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, flags in kinds.items():
            service = Service(SERVICE, flags, jar=jar).wait_ready()
            times[kind].append(service.seconds_to_ready)
            service.stop()
    for kind, seconds in times.items():
        print(f"{SERVICE} ready {kind:18} {statistics.median(seconds):5.2f} s  (median of {ROUNDS}, {min(seconds):.2f} to {max(seconds):.2f})")

    service = Service(SERVICE, kinds["with the cache"], jar=jar).wait_ready()
    time.sleep(IDLE_SECONDS)
    resident, own = service.memory_mb()
    print(f"{SERVICE} resident after {IDLE_SECONDS} s idle {resident:.0f} MB, {own:.0f} of them its own")
    service.stop()
finally:
    shutil.rmtree(work)
