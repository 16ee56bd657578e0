"""A small app for demos: says its name, what it was asked for, and what the gateway told it. ``app.py NAME PORT``."""

import http.server
import sys


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    name = "app"

    def do_GET(self) -> None:
        seen = f"{self.headers['X-Forwarded-Proto']} {self.headers['Host']}"
        body = f"{self.name} answers {self.path} (the client asked {seen})\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The gateway's access log is enough."""


if __name__ == "__main__":
    App.name = sys.argv[1]
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), App).serve_forever()
