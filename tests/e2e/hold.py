#!/usr/bin/python3
"""hold.py PORT IDENTITY-FOLDER AUTHORITY: says HELLO, holds the session, and tells when and why it ended (ms since 1970)."""
import socket
import ssl
import struct
import sys
import time

port, folder, authority = sys.argv[1:4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.load_verify_locations(authority)
context.load_cert_chain(f"{folder}/device.crt", f"{folder}/device.key")
context.set_alpn_protocols(["dantin/1"])
line = context.wrap_socket(socket.create_connection(("localhost", int(port))), server_hostname="localhost")


def frame(kind, body, request):
    return struct.pack(">IHHQ", len(body), kind, 0, request) + body


def exactly(count):
    out = b""
    while len(out) < count:
        part = line.recv(count - len(out))
        if not part:
            raise EOFError
        out += part
    return out


line.sendall(frame(1, b"\x08\x01\x10\x01\x1a\x04hold", 1))
line.settimeout(30)
try:
    while True:
        length, kind, _, request = struct.unpack(">IHHQ", exactly(16))
        body = exactly(length)
        if kind == 2:
            print("welcome", flush=True)
        elif kind == 3:
            line.sendall(frame(4, body, request))
        elif kind == 5:
            print("goodbye", body[1] if body[:1] == b"\x08" else "?", int(time.time() * 1000), flush=True)
except (EOFError, ConnectionError, TimeoutError):
    pass
