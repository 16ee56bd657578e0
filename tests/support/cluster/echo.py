"""The app of the test cluster: tells who answers and what reached it. Standard library only; handles SIGTERM as a good app does.

``GET /healthz``: 200, or 503 after ``POST /unready`` (``POST /ready`` undoes it). ``POST /exit?CODE`` ends it.
``GET /slow?SECONDS`` takes its time. Everything else answers JSON with what came and where it came to.
Environment: PORT (8080), NAME (the host name); FILES, folders whose files are told by ``/files``.
"""

import json
import os
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

READY = threading.Event()


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/healthz":
            self._answer(200 if READY.is_set() else 503, b"")
            return
        if path == "/slow":
            time.sleep(float(query or 1))
        self._answer(200, json.dumps(self._said(path)).encode())

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/unready":
            READY.clear()
        elif path == "/ready":
            READY.set()
        elif path == "/exit":
            self._answer(200, b"")
            os._exit(int(query or 0))
        self._answer(200, json.dumps(self._said(path)).encode())

    def _said(self, path: str) -> dict[str, object]:
        said: dict[str, object] = {
            "name": os.environ.get("NAME") or socket.gethostname(),
            "address": self.connection.getsockname()[0],
            "path": self.path,
            "headers": dict(self.headers.items()),
            "pid": os.getpid(),
        }
        if path == "/env":
            said["env"] = dict(os.environ)
        if path == "/files":
            folders = [Path(folder) for folder in os.environ.get("FILES", "").split(":") if folder]
            files = [file for folder in folders for file in sorted(folder.iterdir()) if file.is_file()]
            said["files"] = {str(file): file.read_text(errors="replace") for file in files}
        return said

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    server = Server(("0.0.0.0", int(os.environ.get("PORT", "8080"))), Echo)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    READY.set()
    server.serve_forever(0.05)
    server.server_close()


if __name__ == "__main__":
    main()
