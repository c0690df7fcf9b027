#!/usr/bin/python3
"""A client that means harm, or is broken: each mode does one bad thing and says what came of it.

hostile.py HOST PORT IDENTITY_DIR [--storm] MODE...   (device.key, device.crt, ca.crt in the folder)

Exit 0: the server answered with an error or cut the line, in time. It speaks dantin/1 from docs/protocol.md with nothing but the
standard library, so that it can break every rule of it; only what needs a true signature imports more. --storm: the modes again
and again until SIGTERM, and how many were done.
"""
import hashlib
import hmac
import os
import random
import signal
import socket
import ssl
import struct
import sys
import time

HELLO, WELCOME, PING, PONG, GOODBYE, ERROR, SUBMIT, QUERY, ROWS = 1, 2, 3, 4, 5, 6, 16, 32, 33
RECEIPT = 17
PAYLOAD_BYTES_MAX = 1 << 20
CHANGES_MAX = 2000
ERR_TOO_BIG, ERR_MALFORMED, ERR_UNSUPPORTED, ERR_UNAUTHORISED, ERR_PROTOCOL, ERR_DEADLINE = 3, 4, 9, 11, 24, 34
DEADLINE_S = 25


class Line:
    """One connection; read() gives b"" when the server has cut it."""

    def __init__(self, host, port, folder, identity=True, alpn="dantin/1", version=ssl.TLSVersion.TLSv1_3):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(os.path.join(folder, "ca.crt"))
        context.minimum_version = min(version, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = version
        if alpn:
            context.set_alpn_protocols([alpn])
        if identity:
            context.load_cert_chain(os.path.join(folder, "device.crt"), os.path.join(folder, "device.key"))
        plain = socket.create_connection((host, port), timeout=DEADLINE_S)
        self.socket = context.wrap_socket(plain, server_hostname=host)
        self.pending = b""

    def send(self, content):
        self.socket.sendall(content)

    def read_exactly(self, count):
        while len(self.pending) < count:
            chunk = self.socket.recv(65536)
            if not chunk:
                return None
            self.pending += chunk
        content, self.pending = self.pending[:count], self.pending[count:]
        return content

    def read_frame(self):
        header = self.read_exactly(16)
        if header is None:
            return None
        length, message_type, flags, request = struct.unpack(">IHHQ", header)
        return message_type, request, flags, self.read_exactly(length)

    def greet(self):
        self.send(frame(HELLO, 1, number(1, 1) + number(2, 1) + data(3, b"hostile") + data(5, b"en")))
        answer = self.read_frame()
        assert answer is not None and answer[0] == WELCOME, f"no WELCOME but {answer}"
        self.welcome = answer[3]
        return self


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def frame(message_type, request, body, flags=0):
    return struct.pack(">IHHQ", len(body), message_type, flags, request) + body


def error_code(answer):
    """Field 1 of an ERROR; it is always written first."""
    assert answer is not None and answer[0] == ERROR, f"no ERROR but {answer}"
    body = answer[3]
    assert body[0] == 0x08, body
    code, shift, at = 0, 0, 1
    while True:
        code |= (body[at] & 0x7F) << shift
        if not body[at] & 0x80:
            return code
        shift, at = shift + 7, at + 1


def expect_error(line, code, is_cut=True):
    found = error_code(line.read_frame())
    assert found == code, f"error {found} instead of {code}"
    if is_cut:
        assert line.read_frame() is None, "the line stays open"


def expect_cut(plain, within_s):
    start = time.monotonic()
    plain.settimeout(within_s)
    try:
        while plain.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        raise AssertionError(f"still open after {within_s} s") from None
    return time.monotonic() - start


def expect_no_greeting(make):
    """A TLS 1.3 client may believe it is connected until it reads."""
    try:
        make().greet()
    except (ssl.SSLError, ConnectionError, OSError):
        return
    except AssertionError as problem:
        assert "no WELCOME but None" in str(problem), problem
        return
    raise AssertionError("it was let in")


def plain_socket(arguments):
    return socket.create_connection(arguments[:2], timeout=DEADLINE_S)


# ---- before TLS ---------------------------------------------------------------------------------------------------


def mode_garbage(arguments):
    plain = plain_socket(arguments)
    plain.sendall(random.Random(1).randbytes(100000))
    expect_cut(plain, 12)


def mode_http(arguments):
    plain = plain_socket(arguments)
    plain.sendall(b"GET / HTTP/1.1\r\nHost: dantin\r\n\r\n")
    expect_cut(plain, 12)


def mode_silent(arguments):
    assert expect_cut(plain_socket(arguments), 15) > 5


def mode_dribble(arguments):
    """A ClientHello, one byte a second."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    try:
        context.wrap_bio(incoming, outgoing).do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello, plain, start = outgoing.read(), plain_socket(arguments), time.monotonic()
    plain.settimeout(1)
    for at in range(len(hello)):
        try:
            plain.sendall(hello[at:at + 1])
            if plain.recv(1) == b"":
                break
        except TimeoutError:
            pass
        except ConnectionError:
            break
        assert time.monotonic() - start < 15, "still served after 15 s"


def mode_tls12(arguments):
    expect_no_greeting(lambda: Line(*arguments, version=ssl.TLSVersion.TLSv1_2))


def mode_no_certificate(arguments):
    """Who shows none may enrol and nothing else: HELLO is answered with an error, and the line is cut."""
    line = Line(*arguments, identity=False)
    try:
        line.greet()
    except AssertionError as problem:
        assert f"no WELCOME but (6, 0, 0, b'\\x08\\x{ERR_UNAUTHORISED:02x}" in str(problem), problem
        assert line.read_frame() is None, "the line stays open"
        return
    raise AssertionError("it was let in")


def mode_no_alpn(arguments):
    expect_no_greeting(lambda: Line(*arguments, alpn=None))


# ---- after TLS ----------------------------------------------------------------------------------------------------


def mode_no_hello(arguments):
    expect_error(Line(*arguments), ERR_DEADLINE)


def mode_early_query(arguments):
    line = Line(*arguments)
    line.send(frame(QUERY, 1, data(1, b"composition")))
    expect_error(line, ERR_PROTOCOL)


def mode_big_before_hello(arguments):
    line = Line(*arguments)
    line.send(struct.pack(">IHHQ", 70000, SUBMIT, 0, 1))
    expect_error(line, ERR_PROTOCOL)


def mode_oversize(arguments):
    line = Line(*arguments).greet()
    line.send(struct.pack(">IHHQ", 0xFFFFFFFF, SUBMIT, 0, 1))
    expect_error(line, ERR_TOO_BIG)


def mode_bomb(arguments):
    """A few bytes of zstd that say they hold a gigabyte."""
    line = Line(*arguments).greet()
    block = struct.pack("<I", (131072 << 3) | 2 | 1)[:3] + b"\0"
    bomb = b"\x28\xb5\x2f\xfd" + bytes([0xA0]) + struct.pack("<I", 1 << 30) + block
    line.send(frame(QUERY, 2, bomb, flags=1))
    expect_error(line, ERR_TOO_BIG, is_cut=False)
    line.send(frame(PING, 0, number(1, 7)))
    assert line.read_frame()[0] == PONG


def mode_empty_parts(arguments):
    """Bodies made of nothing but empty sub-messages, again and again."""
    line = Line(*arguments).greet()
    body = (data(1, b"composition") + data(5, b"") * 2030)[:4096]
    for i in range(200):
        line.send(frame(QUERY, 10 + i, body))
        assert error_code(line.read_frame()) > 0
    for i in range(50):
        line.send(frame(SUBMIT, 1000 + i, data(1, b"\0" * 132) + data(2, b"\0" * 64) + data(9, b"") * 20000))
        assert error_code(line.read_frame()) > 0


class Chain:
    """This device's submissions, authentic in everything but what they hold."""

    def __init__(self, folder, welcome):
        from cryptography.hazmat.primitives import serialization
        with open(os.path.join(folder, "device.key"), "rb") as file:
            self.key = serialization.load_pem_private_key(file.read(), None)
        fields = top_level(welcome)
        self.device = fields[7]
        self.sequence = fields.get(11, 0)
        self.previous = fields.get(12, bytes(32))

    def seal(self, changes):
        import zstandard
        seed = os.urandom(32)
        payload = data(1, seed) + b"".join([data(2, change) for change in changes])
        assert len(payload) <= PAYLOAD_BYTES_MAX
        hashes = b""
        if len(changes) <= CHANGES_MAX:  # more of them are never hashed
            salts = [hmac.digest(seed, struct.pack(">I", index), "sha256") for index in range(len(changes))]
            hashes = b"".join([hashlib.sha256(salt + change).digest() for salt, change in zip(salts, changes)])
        self.sequence += 1
        envelope = (b"dantin/envelope\0" + bytes([1, 1]) + self.device + struct.pack(">Q", self.sequence) + self.previous
                    + struct.pack(">HII", 1, 1, len(payload)) + hashlib.sha256(hashes).digest())
        self.previous = hashlib.sha256(envelope).digest()
        zstd = zstandard.ZstdCompressor(level=3, write_content_size=True).compress(payload)
        return data(1, envelope) + data(2, self.key.sign(envelope)) + data(3, zstd)


def top_level(body):
    """Field number -> last value, of numbers and bytes."""
    fields, at = {}, 0

    def read():
        nonlocal at
        value, shift = 0, 0
        while True:
            value |= (body[at] & 0x7F) << shift
            at += 1
            if not body[at - 1] & 0x80:
                return value
            shift += 7

    while at < len(body):
        tag = read()
        value = read()
        if tag & 7 == 2:
            at += value
            value = body[at - value:at]
        fields[tag >> 3] = value
    return fields


def mode_authentic_empty(arguments):
    """Authentic submissions that are a hundred bytes on the line and, unpacked, nothing but empty sub-messages by the ten thousand:
    each is judged and answered, none is taken."""
    line = Line(*arguments).greet()
    chain = Chain(arguments[2], line.welcome)
    full_body = data(23, b"") * 5400  # a member's list of cells; a body is 16 KiB at most
    contents = ([b""] * 500000,  # changes without anything
                [number(1, 4) + data(2, os.urandom(16)) + data(4, full_body)] * 60,
                [number(1, 4) + data(2, os.urandom(16)) + data(6, b"") * 7000] * 60)  # reasons without anything
    for i in range(6):
        line.send(frame(SUBMIT, 1 + i, chain.seal(contents[i % len(contents)])))
        answer = line.read_frame()
        assert answer is not None and answer[0] == RECEIPT, f"no RECEIPT but {answer}"


def mode_unknown(arguments):
    line = Line(*arguments).greet()
    for i in range(100):
        line.send(frame(900 + i, i, b"x" * 60000))
        assert error_code(line.read_frame()) == ERR_UNSUPPORTED
    line.send(frame(PING, 0, number(1, 7)))
    assert line.read_frame()[0] == PONG


def mode_deaf(arguments):
    """PINGs without end, never reading an answer: the server must stop reading, not swell."""
    line = Line(*arguments).greet()
    line.socket.settimeout(3)
    pings = frame(PING, 0, number(1, 7)) * 1000
    sent = 0
    try:
        while sent < 256 << 20:
            sent += line.socket.send(pings)
    except (TimeoutError, ssl.SSLError, ConnectionError):
        return
    raise AssertionError("it took 256 MiB without being read from")


def mode_dribble_frame(arguments):
    """After WELCOME, a frame one byte a second; the server needs patience, not memory. Not waited for to the end."""
    line = Line(*arguments).greet()
    body = frame(SUBMIT, 3, b"\0" * 1000)
    for at in range(8):
        line.send(body[at:at + 1])
        time.sleep(1)


def mode_flood(arguments):
    """Many connections that never finish TLS, while an honest one is served."""
    crowd = []
    for _ in range(400):
        crowd.append(plain_socket(arguments))
    line = Line(*arguments).greet()
    for _ in range(100):
        line.send(frame(PING, 0, number(1, 7)))
        assert line.read_frame()[0] == PONG
    for plain in crowd:
        plain.close()


def mode_supersede(arguments):
    first = Line(*arguments).greet()
    second = Line(*arguments).greet()
    answer = first.read_frame()
    assert answer is not None and answer[0] == GOODBYE, answer
    assert first.read_frame() is None
    second.send(frame(PING, 0, number(1, 7)))
    assert second.read_frame()[0] == PONG


def mode_honest(arguments):
    line = Line(*arguments).greet()
    line.send(frame(PING, 0, number(1, 7)))
    assert line.read_frame()[0] == PONG


def mode_wait_goodbye(arguments):
    """Stay connected until the server says goodbye."""
    line = Line(*arguments).greet()
    print("connected", flush=True)
    answer = line.read_frame()
    assert answer is not None and answer[0] == GOODBYE, answer
    assert line.read_frame() is None


class Stopped(Exception):
    """SIGTERM came."""


def run_modes(arguments, modes):
    for mode in modes:
        try:
            globals()["mode_" + mode.replace("-", "_")](arguments)
        except AssertionError as problem:
            print(f"{mode}: {problem}", flush=True)
            sys.exit(1)
        print(f"{mode}: as it should be", flush=True)


def on_stop(*_):
    raise Stopped


def main():
    arguments, modes = (sys.argv[1], int(sys.argv[2]), sys.argv[3]), sys.argv[4:]
    if modes[0] != "--storm":
        run_modes(arguments, modes)
        return
    signal.signal(signal.SIGTERM, on_stop)
    try:
        while True:
            run_modes(arguments, modes[1:])
    except Stopped:
        pass


main()
