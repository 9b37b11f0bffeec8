# SPDX-FileCopyrightText: 2026 The kpatchd authors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways to a feed: through proxies, over IPv6, to a server that wants a certificate, and from mirrors that are behind."""

import contextlib
import socket

import pytest
from feedkit import Downloader, refresh, subscribe
from patchkit import Patch
from test_refresh import feed_property
from webkit import Nginx, Proxy, make_certificate
from world import JobFailed


@pytest.fixture
def proxy():
    proxy = Proxy()
    yield proxy
    proxy.close()


@pytest.fixture
def secure(tmp_path, publisher):
    """A server with a certificate that is its own authority."""
    certificate = make_certificate(tmp_path)
    nginx = Nginx(tmp_path / "tls", publisher.tree, certificate)
    nginx.certificate = certificate
    yield nginx
    nginx.close()


@contextlib.contextmanager
def downloader(world, **environment: str):
    """As a drop-in of kpatchd-fetch@.service would set its environment."""
    downloader = Downloader(world.folder / "fetch", **environment)
    try:
        yield
    finally:
        world.stop()
        downloader.close()


def publish(publisher, key) -> None:
    publisher.add(Patch(key))
    publisher.publish()


def test_proxy_of_a_feed(host, nginx, publisher, key, proxy):
    publish(publisher, key)
    subscribe(host, publisher, nginx.url, Proxy=proxy.url)
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
    assert proxy.asked[0] == f"GET {nginx.url}/timestamp.json"


def test_tunnel(host, secure, publisher, key, proxy):
    """With https the proxy learns the server's name and no more, and the server's certificate counts."""
    publish(publisher, key)
    subscribe(host, publisher, secure.url, Proxy=proxy.url, CaFile=str(secure.certificate))
    refresh(host)
    assert host.patches() == {"fix-cmdline=1": "stored"}
    assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{secure.port}"}
    subscribe(host, publisher, secure.url, Proxy=proxy.url)
    with pytest.raises(JobFailed, match="DownloadFailed.*certificate"):
        refresh(host)


def test_proxy_of_the_environment(world, secure, nginx, publisher, key, proxy):
    publish(publisher, key)
    with downloader(world, https_proxy=proxy.url, http_proxy=proxy.url, no_proxy=""):
        subscribe(world, publisher, secure.url, CaFile=str(secure.certificate))
        refresh(world)
        assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{secure.port}"}
        subscribe(world, publisher, nginx.url)
        refresh(world)
        assert proxy.asked[-1].startswith(f"GET {nginx.url}/")


def test_host_without_a_proxy(world, nginx, publisher, key, proxy):
    publish(publisher, key)
    with downloader(world, http_proxy=proxy.url, no_proxy="127.0.0.1"):
        subscribe(world, publisher, nginx.url)
        refresh(world)
    assert proxy.asked == []


def test_proxy_that_is_gone(host, nginx, publisher, key):
    publish(publisher, key)
    subscribe(host, publisher, nginx.url, Proxy="http://127.0.0.1:1")
    with pytest.raises(JobFailed, match="DownloadFailed"):
        refresh(host)
    assert nginx.requests() == []


def test_ipv6(host, publisher, key, tmp_path):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("there is no IPv6 here")
    publish(publisher, key)
    nginx = Nginx(tmp_path / "six", publisher.tree, address="[::1]")
    try:
        subscribe(host, publisher, nginx.url)
        refresh(host)
        assert nginx.requests()[0] == "GET /timestamp.json 200"
    finally:
        nginx.close()
    assert host.patches() == {"fix-cmdline=1": "stored"}


def test_client_certificate(world, publisher, key, tmp_path):
    """The credential of a feed is shown to its servers, and to those of no other feed."""
    publish(publisher, key)
    own, credentials = tmp_path / "own", tmp_path / "credentials"
    own.mkdir()
    credentials.mkdir()
    (credentials / "shop.pem").write_bytes(make_certificate(own).read_bytes())
    server = make_certificate(tmp_path)
    nginx = Nginx(tmp_path / "tls", publisher.tree, server,
                  extra=f"ssl_verify_client on; ssl_client_certificate {own}/server.pem;")
    try:
        with downloader(world, CREDENTIALS_DIRECTORY=str(credentials)):
            for name in ("shop", "other"):
                subscribe(world, publisher, nginx.url, name=name, CaFile=str(server))
            with pytest.raises(JobFailed, match="DownloadFailed.*400"):
                refresh(world, "other")
            refresh(world, "shop")
            assert world.patches() == {"fix-cmdline=1": "stored"}
            (credentials / "shop.pem").write_bytes(b"no certificate")
            with pytest.raises(JobFailed, match="DownloadFailed"):
                refresh(world, "shop")
    finally:
        nginx.close()


def test_mirror_that_is_behind(host, nginx, publisher, key, tmp_path):
    """What an earlier address has of old is passed over for what a later one has of new."""
    publish(publisher, key)
    old = Nginx(tmp_path / "old", publisher.copy("behind"))
    try:
        publisher.add(Patch(key, version="2"))
        publisher.publish()
        subscribe(host, publisher, nginx.url)
        refresh(host)
        publisher.add(Patch(key, version="3"))
        publisher.publish()
        subscribe(host, publisher, [old.url, nginx.url])
        refresh(host)
        assert "GET /timestamp.json 200" in old.requests()
    finally:
        old.close()
    assert "fix-cmdline=3" in host.patches() and feed_property(host, "Error") == ("", "")


def test_mirror_that_lacks_the_module(host, nginx, publisher, key, tmp_path):
    """A copy that was cut short is helped out by the next one."""
    entry = publisher.add(Patch(key))
    publisher.publish()
    tree = publisher.copy("short")
    digest = entry["module"]["sha256"]
    (tree / "objects" / digest[:2] / digest).unlink()
    short = Nginx(tmp_path / "server", tree)
    try:
        subscribe(host, publisher, [short.url, nginx.url])
        refresh(host)
    finally:
        short.close()
    assert host.patches() == {"fix-cmdline=1": "stored"}
