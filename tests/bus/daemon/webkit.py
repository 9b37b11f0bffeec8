# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Servers for the tests of refresh: a real nginx, and one that does whatever a test wants. On loopback only."""

import datetime
import ipaddress
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

CONFIG = """daemon off; master_process off; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    log_format wire '$request_method $uri $status $request_length $bytes_sent';
    access_log {folder}/access.log wire; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    default_type application/octet-stream;
    server {{ listen {address}:{port}{tls}; root {root}; {extra} }}
}}
"""


def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as s:
        s.bind((address, 0))
        return s.getsockname()[1]


def make_certificate(folder: Path) -> Path:
    """One for 127.0.0.1, with its key, in one file, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.utcnow()
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=30))
                   .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
                   .sign(key, hashes.SHA256()))
    path = folder / "server.pem"
    path.write_bytes(certificate.public_bytes(Encoding.PEM) +
                     key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


class Nginx:
    def __init__(self, folder: Path, root: Path, certificate: Path | None = None, extra: str = "",
                 address: str = "127.0.0.1"):
        folder.mkdir()
        self.folder, self.port = folder, free_port(address.strip("[]"))
        if certificate:
            extra += f" ssl_certificate {certificate}; ssl_certificate_key {certificate};"
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, port=self.port, root=root, extra=extra, address=address,
                                        tls=" ssl" if certificate else ""))
        self.url = f"http{'s' if certificate else ''}://{address}:{self.port}"
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", config, "-p", folder], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection((address.strip("[]"), self.port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline and self.process.poll() is None, "nginx did not start"
                time.sleep(0.02)

    def requests(self) -> list[str]:
        """What was asked for since the last call: "GET /timestamp.json 200"."""
        return [" ".join(line[:3]) for line in self._take_log()]

    def traffic(self) -> tuple[int, int, int]:
        """How many requests since the last call, and their bytes: what clients and what the server sent."""
        lines = self._take_log()
        return len(lines), sum(int(line[3]) for line in lines), sum(int(line[4]) for line in lines)

    def _take_log(self) -> list[list[str]]:
        log = self.folder / "access.log"
        lines = [line.split() for line in log.read_text().splitlines()]
        log.write_text("")
        return lines

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


Handler = Callable[[str, socket.socket], None]


class Hostile:
    """Calls what a test gives it with each request's path and the connection, on which it may send anything. Where
    that returns without a word the file of the tree is sent as it should be."""

    def __init__(self, tree: Path, handler: Handler | None = None, certificate: Path | None = None):
        self.tree, self.handler = tree, handler
        self.asked: list[str] = []
        self.heads: list[bytes] = []  # of the same requests, whole
        self.closing = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    data = connection.recv(4096)
                    if not data:
                        return
                    head += data
                path = head.split()[1].decode()
                self.asked.append(path)
                self.heads.append(head)
                if self.handler is None or self.handler(path, connection) is None:
                    self._answer(path, connection)
        except OSError:
            pass  # the client has had enough

    def _answer(self, path: str, connection: socket.socket) -> None:
        file = self.tree / path.lstrip("/")
        if file.is_file():
            reply(connection, file.read_bytes())
        else:
            reply(connection, b"", status="404 Not Found")

    def close(self) -> None:
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def reply(connection: socket.socket, body: bytes, *headers: str, status: str = "200 OK",
          length: int | None = None) -> bool:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", "Connection: close",
             *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)
    return True


class Proxy:
    """Passes on what it is asked for: whole addresses over http, tunnels for https. Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            data = client.recv(4096)
            if not data:
                return
            head += data
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split()
        self.asked.append(f"{method} {target}")
        host, _, port = (target if method == "CONNECT" else target.split("/")[2]).rpartition(":")
        with client, socket.create_connection((host, int(port))) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                server.sendall(head.replace(f"http://{host}:{port}".encode(), b"", 1))
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server)
            back.join()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side has gone

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
