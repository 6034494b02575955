"""the default bridge network: run --rm, with a published port, fifty starts one after another, and
TCP between a container and its host, through a published port and without

"start 50" is run -d, fifty times in a row; their removal is not timed. Throughput is what a client on
the host receives in a second from a server in the container, in MB/s.
"""
import socket
import time

from engines import IMAGE
from report import MORE, Measure

FIFTY, PORT, SECONDS = 50, 18080, 1.0


def run(engine, *words):
    return engine.time("run", "--rm", *words, IMAGE, "true")


def fifty(engine):
    names = [f"net-{i}" for i in range(FIFTY)]
    ms = sum(engine.time("run", "-d", "--name", n, IMAGE, "guest", "obey") for n in names)
    engine.remove(names)
    return ms / 1000


def drain(address):
    """MB/s from a server that writes for as long as somebody reads."""
    end = time.monotonic() + 10
    while True:
        try:
            connection = socket.create_connection(address, timeout=2)
            if connection.recv(1):
                break
            connection.close()
        except OSError:
            pass
        if time.monotonic() > end:
            raise TimeoutError(f"nobody serves at {address}")
        time.sleep(0.02)
    got, began, room = 0, time.monotonic(), bytearray(1 << 20)
    with connection:
        while time.monotonic() - began < SECONDS:
            got += connection.recv_into(room)
    return got / (time.monotonic() - began) / 1e6


def throughput(engine, published):
    engine.call("run", "-d", "--name", "net-serve", "-p", f"{PORT}:{PORT}", IMAGE, "guest", "serve",
                str(PORT))
    try:
        if published:
            return drain(("192.0.2.1", PORT))
        address = engine.call("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
                              "net-serve").strip()
        return drain((address, PORT))
    finally:
        engine.remove(["net-serve"])


def measure(bench):
    bench.race([Measure("run --rm true, bridge", "ms", hold=5)],
               {e.name: lambda e=e: run(e) for e in bench.engines}, bench.rounds(), 40)
    bench.race([Measure("run --rm -p 8080:80 true", "ms", hold=6)],
               {e.name: lambda e=e: run(e, "-p", "8080:80") for e in bench.engines},
               bench.rounds(), 40)
    bench.race([Measure("start 50, bridge, one after another", "s", hold=0.3)],
               {e.name: lambda e=e: fifty(e) for e in bench.engines}, 2, 60)
    bench.race([Measure("TCP to a container", "MB/s", MORE)],
               {e.name: lambda e=e: throughput(e, False) for e in bench.engines}, 2, 30)
    bench.race([Measure("TCP through -p", "MB/s", MORE)],
               {e.name: lambda e=e: throughput(e, True) for e in bench.engines}, 2, 30)
