"""Services as child processes on free loopback ports, for the benchmarks."""

import contextlib
import os
import pathlib
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The flags of the images, with a heap as in a pod of 256 MiB: a third at most, a tenth to begin with.
FLAGS = [f"@{ROOT / 'docker' / 'java.args'}", "-Xmx90m", "-Xms26m"]
JAVA = os.path.join(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else "java"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Service:
    """One replica. `http` and `management` are its ports; `seconds_to_ready` is set by `wait_ready`."""

    def __init__(self, name, flags=(), environment=None, jar=None):
        self.name, self.http, self.management = name, free_port(), free_port()
        jar = jar or ROOT / "services" / name / "target" / "quarkus-app" / "quarkus-run.jar"
        if not jar.exists():
            raise SystemExit(f"{jar} is not there; run `make bench`, which builds it")
        variable = "MULTIPOD_" + name.upper().replace("-", "_")
        settings = {
            "QUARKUS_HTTP_PORT": self.http,
            "QUARKUS_MANAGEMENT_PORT": self.management,
            "MULTIPOD_REPLICA": f"{name}-1",
            variable + "_PORT": free_port(),
            **(environment or {}),
        }
        self.log = tempfile.TemporaryFile()
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [JAVA, *FLAGS, *flags, "-jar", jar.name],
            cwd=jar.parent,
            env={**os.environ, **{k: str(v) for k, v in settings.items()}},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait_ready(self, seconds=30):
        while time.monotonic() - self.began < seconds:
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(f"http://127.0.0.1:{self.management}/q/health/ready", timeout=1) as answer:
                    if answer.status == 200:
                        self.seconds_to_ready = time.monotonic() - self.began
                        return self
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        self.log.seek(0)
        raise SystemExit(f"{self.name} did not become ready:\n{self.log.read().decode(errors='replace')}")

    def memory_mb(self):
        """Resident, and how much of that is its own; the rest are files, which replicas on one machine share."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines())
        return tuple(int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
