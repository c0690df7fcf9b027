#!/usr/bin/python3
"""A second client of dantin/1, written from docs/protocol.md alone: it shares no code with the project.

Connects, says HELLO, submits N new members into a cell, checks the receipt, submits the same bytes again and compares the
receipts, asks for an indicator, prints what it learned as JSON. Exit code 0: all of that held; 1: something did not; 2: wrong
usage. Needs python3-cryptography and python3-zstandard.
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import sys
import time

import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

HELLO, WELCOME, PING, PONG, GOODBYE, ERROR = 1, 2, 3, 4, 5, 6
SUBMIT, RECEIPT, QUERY, ROWS = 16, 17, 32, 33
FLAG_ZSTD = 1
BODY_BYTES_MAX = 1 << 20
KIND_BRANCH, KIND_MEMBER = 3, 4
BRANCH_LIST = "tinh-uy-quang-ngai"
PROVINCE_CODE = "51"
VERDICT_APPLIED = 0
SCHEMA_VERSION = 1
ADMITTED_FIRST = 14748  # 2010-05-19


class ProtocolError(Exception):
    """The other side did not do what the document says."""


class ServerError(Exception):
    """The server answered ERROR."""


# ---- protobuf -----------------------------------------------------------------------------------------------------


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
    if isinstance(content, str):
        content = content.encode()
    return varint(field << 3 | 2) + varint(len(content)) + content


def zigzag(value):
    return value << 1 if value >= 0 else (-value << 1) - 1


def read_varint(content, at):
    value = shift = 0
    while True:
        if at >= len(content) or shift > 63:
            raise ProtocolError("a varint is cut or too long")
        value |= (content[at] & 0x7F) << shift
        at += 1
        if content[at - 1] < 0x80:
            return value, at
        shift += 7


def parse(content):
    """Field number -> list of values (int or bytes) in order. Unknown fields are simply never asked for."""
    fields = {}
    at = 0
    while at < len(content):
        tag, at = read_varint(content, at)
        wire_type = tag & 7
        if wire_type == 0:
            value, at = read_varint(content, at)
        elif wire_type == 2:
            length, at = read_varint(content, at)
            value, at = content[at:at + length], at + length
        elif wire_type in (1, 5):
            length = 8 if wire_type == 1 else 4
            value, at = content[at:at + length], at + length
        else:
            raise ProtocolError(f"wire type {wire_type}")
        if at > len(content):
            raise ProtocolError("a field is cut")
        fields.setdefault(tag >> 3, []).append(value)
    return fields


def one(fields, field, default=None):
    return fields[field][0] if field in fields else default


def text(fields, field):
    return one(fields, field, b"").decode()


# ---- frames -------------------------------------------------------------------------------------------------------


class Connection:
    def __init__(self, host, port, certificate, key, authority):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(authority)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["dantin/1"])
        plain = socket.create_connection((host, port), timeout=30)
        self.tls = context.wrap_socket(plain, server_hostname=host)
        if self.tls.selected_alpn_protocol() != "dantin/1":
            raise ProtocolError("the server does not speak dantin/1")
        self.next_request = 1
        self.answer_body = b""  # of the last answer, as received

    def send(self, message_type, body, request=None):
        if request is None:
            request = self.next_request
            self.next_request += 1
        self.tls.sendall(struct.pack(">IHHQ", len(body), message_type, 0, request) + body)
        return request

    def read_exactly(self, count):
        out = b""
        while len(out) < count:
            piece = self.tls.recv(count - len(out))
            if not piece:
                raise ProtocolError("the server closed the connection")
            out += piece
        return out

    def receive_frame(self):
        length, message_type, flags, request = struct.unpack(">IHHQ", self.read_exactly(16))
        if length > BODY_BYTES_MAX or flags & ~FLAG_ZSTD:
            raise ProtocolError("a frame header that the document does not allow")
        body = self.read_exactly(length)
        if flags & FLAG_ZSTD:
            if zstandard.frame_content_size(body) > BODY_BYTES_MAX:
                raise ProtocolError("a compressed body declares too much")
            body = zstandard.ZstdDecompressor().decompress(body)
        return message_type, request, body

    def answer_to(self, request, expected):
        """Wait for the next answer to this request; what concerns the session itself is dealt with on the way."""
        while True:
            message_type, answered, body = self.receive_frame()
            if message_type == PING:
                self.send(PONG, body, answered)
            elif message_type == GOODBYE:
                raise ProtocolError(f"GOODBYE: {text(parse(body), 2)}")
            elif message_type == ERROR and answered in (0, request):
                fields = parse(body)
                raise ServerError(f"error {one(fields, 1, 0)}: {text(fields, 2)}")
            elif message_type == expected and answered == request:
                self.answer_body = body
                return parse(body)
            elif message_type != PONG:
                raise ProtocolError(f"message {message_type} to request {answered} where {expected} is due")

    def ask(self, message_type, body, expected):
        return self.answer_to(self.send(message_type, body), expected)

    def goodbye(self):
        """GOODBYE, and the server's GOODBYE back."""
        self.send(GOODBYE, number(1, 0), 0)
        message_type, _, body = self.receive_frame()
        if message_type != GOODBYE or one(parse(body), 1, 0) != 0:
            raise ProtocolError("the server did not say goodbye")
        self.tls.close()


# ---- sealing ------------------------------------------------------------------------------------------------------


def sha256(content):
    return hashlib.sha256(content).digest()


def member_change(record, cell, index, base=None):
    """A member of the cell, 26 years old at admission; still on probation as far as we say. Without a base: a new one."""
    admitted = ADMITTED_FIRST + index % 1000
    edge = data(1, cell) + number(2, zigzag(admitted))
    body = (data(3, f"Nguyễn Văn Thử {index + 1}") + number(4, zigzag(admitted - 9500))
            + data(5, "nam" if index % 2 == 0 else "nu") + number(9, zigzag(admitted)) + data(23, edge))
    return (number(1, KIND_MEMBER) + data(2, record) + (data(3, base) if base else b"") + data(4, body) + number(7, 1))


def derived_id(kind, code_list, code):
    """The id of a record with an official code and no date of validity."""
    return sha256(b"dantin/record\0" + struct.pack(">H", kind) + code_list.encode() + b"\0" + code.encode() + b"\0"
                  + struct.pack(">I", 0x80000000))[:16]


def branch_change(record, name, kind, parent, code=None, is_sender=False):
    body = data(1, BRANCH_LIST) + data(2, code) if code else b""
    body += data(3, name) + data(4, kind) + number(6, 1 if is_sender else 0)
    if parent is not None:
        body += data(11, data(1, parent))
    return number(1, KIND_BRANCH) + data(2, record) + data(4, body) + number(7, 1)


def tree_changes(sender_code, cell):
    """The province, one sender and one cell below it: what a province's device journals first, parents first."""
    province = derived_id(KIND_BRANCH, BRANCH_LIST, PROVINCE_CODE)
    sender = derived_id(KIND_BRANCH, BRANCH_LIST, sender_code)
    return [branch_change(province, "Đảng bộ tỉnh Quảng Ngãi", "province", None, PROVINCE_CODE),
            branch_change(sender, f"Đơn vị {sender_code}", "direct", province, sender_code, True),
            branch_change(cell, "Chi bộ thử", "cell", sender)]


class Submission:
    def __init__(self, key, device, sequence, previous, schema_version, changes, spoil=None, content=1):
        """spoil: what is done to the payload's bytes before they are compressed, authentic as everything else is."""
        seed = os.urandom(32)
        payload = data(1, seed) + b"".join(data(2, change) for change in changes)
        hashes = b""
        for index, change in enumerate(changes):
            salt = hmac.new(seed, struct.pack(">I", index), "sha256").digest()
            hashes += sha256(salt + change)
        self.sequence = sequence
        self.change_count = len(changes)
        self.envelope = (b"dantin/envelope\0" + bytes([1, 1]) + device + struct.pack(">Q", sequence) + previous
                         + struct.pack(">HII", content, schema_version, len(payload)) + sha256(hashes))
        self.signature = key.sign(self.envelope)
        if spoil is not None:
            payload = spoil(payload)
        zstd = zstandard.ZstdCompressor(level=3, write_content_size=True).compress(payload)
        self.body = data(1, self.envelope) + data(2, self.signature) + data(3, zstd)

    def version(self, index):
        return sha256(sha256(self.envelope) + struct.pack(">I", index))[:16]


def check_checkpoint(note, key, epoch):
    """A signed note of this epoch by the log key: its size and root."""
    head, _, signatures = note.partition(b"\n\n")
    signed = head + b"\n"
    origin, size, root = signed.decode().split("\n")[:3]
    name = "dantin/journal"
    if origin != f"{name}/{epoch.hex()}":
        raise ProtocolError("the checkpoint is of another journal")
    public = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    for line in signatures.decode().splitlines():
        dash, who, encoded = line.split(" ")
        value = base64.b64decode(encoded, validate=True)
        if dash == "\u2014" and who == name and value[:4] == sha256(name.encode() + b"\n\x01" + public)[:4]:
            try:
                key.verify(value[4:], signed)
            except InvalidSignature as error:
                raise ProtocolError("the checkpoint's signature is wrong") from error
            return int(size), base64.b64decode(root, validate=True)
    raise ProtocolError("the log key did not sign the checkpoint")


def check_inclusion(leaf, index, size, path, root):
    """RFC 9162, 2.1.3.2."""
    if index >= size or len(path) % 32 != 0:
        raise ProtocolError("the checkpoint's tree ends before the entry")
    place, last, found = index, size - 1, leaf
    for step in (path[i:i + 32] for i in range(0, len(path), 32)):
        if last == 0:
            raise ProtocolError("the proof is too long")
        if place & 1 or place == last:
            found = sha256(b"\x01" + step + found)
            while place & 1 == 0 and place != 0:
                place, last = place >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + step)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise ProtocolError("the proof does not lead to the checkpoint's root")


def check_receipt(receipt, submission, receipt_key, is_unreadable=False):
    """The six steps of "Receipt" in the document; the verdicts listed."""
    if one(receipt, 4) != submission.sequence or one(receipt, 5) != sha256(submission.envelope):
        raise ProtocolError("the receipt is of another submission")
    change_count = one(receipt, 6, 0)
    if bool(one(receipt, 10, 0)) != is_unreadable:
        raise ProtocolError(f"the server could {'' if is_unreadable else 'not '}read the submission")
    if change_count != submission.change_count and not (is_unreadable and change_count == 0):
        raise ProtocolError(f"a receipt of {change_count} changes for {submission.change_count}")
    listed = {}
    for verdict in map(parse, receipt.get(7, [])):
        listed[one(verdict, 1, 0)] = (one(verdict, 2, 0), one(verdict, 3, b""), text(verdict, 4))
    flat = b""
    for index in range(change_count):
        code, rule, _ = listed.get(index, (VERDICT_APPLIED, b"", ""))
        flat += bytes([code, len(rule)]) + rule
    moment = struct.pack(">q", one(receipt, 3, 0))
    leaf = sha256(b"\0" + submission.envelope + submission.signature + moment + sha256(flat))
    if leaf != one(receipt, 8):
        raise ProtocolError("the receipt's leaf does not follow from the submission")
    signed = b"dantin/receipt\0\0" + one(receipt, 1, b"") + struct.pack(">Q", one(receipt, 2, 0)) + leaf
    try:
        receipt_key.verify(one(receipt, 9, b""), signed)
    except InvalidSignature as error:
        raise ProtocolError("the receipt's signature is wrong") from error
    size, root = check_checkpoint(one(receipt, 11, b""), receipt_key, one(receipt, 1, b""))
    check_inclusion(leaf, one(receipt, 2, 0), size, one(receipt, 12, b""), root)
    return [{"index": index, "code": code, "rule": rule.decode(), "text": sentence}
            for index, (code, rule, sentence) in sorted(listed.items())]


# ---- what it does -------------------------------------------------------------------------------------------------


def greet(connection, language):
    hello = (number(1, 1) + number(2, 1) + data(3, "second client 1.0") + number(4, SCHEMA_VERSION)
             + data(5, language))
    welcome = connection.ask(HELLO, hello, WELCOME)
    if one(welcome, 1) != 1:
        raise ProtocolError("another version than the one asked for")
    if one(welcome, 5, 0) > 0:
        size, _ = check_checkpoint(one(welcome, 18, b""), Ed25519PublicKey.from_public_bytes(one(welcome, 13)),
                                   one(welcome, 4))
        if size < one(welcome, 5):
            raise ProtocolError("the newest checkpoint is older than the head")
    return welcome


def submit(connection, welcome, key, changes, arguments):
    receipt_key = Ed25519PublicKey.from_public_bytes(one(welcome, 13))
    sequence = one(welcome, 11, 0) + (0 if arguments.other_bytes else 1)
    submission = Submission(key, one(welcome, 7), sequence, one(welcome, 12, bytes(32)),
                            min(SCHEMA_VERSION, one(welcome, 3, SCHEMA_VERSION)), changes,
                            (lambda payload: b"\xff" * len(payload)) if arguments.unreadable else None, arguments.content)
    first = connection.ask(SUBMIT, submission.body, RECEIPT)
    first_body = connection.answer_body
    verdicts = check_receipt(first, submission, receipt_key, arguments.unreadable)
    again = connection.ask(SUBMIT, submission.body, RECEIPT)
    check_receipt(again, submission, receipt_key, arguments.unreadable)
    for field, name in ((1, "epoch"), (2, "position"), (3, "server time"), (8, "leaf"), (9, "signature")):
        if first.get(field) != again.get(field):
            raise ProtocolError(f"the same submission again got another {name}")
    if connection.answer_body != first_body:
        raise ProtocolError("the same submission again got other bytes")
    return {"is_unreadable": bool(one(first, 10, 0)), "versions": [submission.version(i).hex() for i in range(len(changes))],
            "sequence": submission.sequence, "position": one(first, 2, 0), "epoch": one(first, 1).hex(),
            "leaf": one(first, 8).hex(), "change_count": len(changes), "verdicts": verdicts}


def condition(words):
    """FIELD=VALUE, FIELD!=VALUE, FIELD<VALUE or FIELD>=VALUE as a condition of a pivot."""
    for comparison in ("!=", ">=", "<", "="):
        field, found, value = words.partition(comparison)
        if found:
            return data(1, field) + data(2, comparison) + data(3, value)
    raise ProtocolError(f"no condition: {words}")


def query(connection, indicator, unit, dimensions, is_trace=False, kind=None, where=()):
    body = data(1, indicator)
    if is_trace:
        body += number(7, 1) + data(11, "second client: trace")
    if kind is not None:
        body += data(8, kind)
    for words in where:
        body += data(9, condition(words))
    if unit is not None:
        body += data(2, unit)
    for dimension in dimensions:
        body += data(5, dimension)
    request = connection.send(QUERY, body)
    answer = None
    while True:
        part = connection.answer_to(request, ROWS)
        if answer is None:
            names = [text(parse(column), 1) for column in part.get(1, [])]
            answer = {"epoch": one(part, 4, b"").hex(), "position": one(part, 5, 0), "definition": text(part, 7),
                      "rows": []}
        for row in part.get(2, []):
            cells = [one(parse(cell), 1) for cell in parse(row).get(1, [])]
            answer["rows"].append(dict(zip(names, [None if cell is None else cell.decode() for cell in cells])))
        if one(part, 3, 0):
            return answer


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, metavar="HOST:PORT")
    parser.add_argument("--certificate", required=True, help="PEM of the device's certificate")
    parser.add_argument("--key", required=True, help="PEM of the device's Ed25519 private key")
    parser.add_argument("--authority", required=True, help="PEM of the province's authority")
    parser.add_argument("--cell", help="record id of the cell, 32 hex digits")
    parser.add_argument("--make-tree", metavar="CODE", help="first make the province's branch, a sender of this code and a "
                        "cell (which is then the one meant); for a device of the province and an empty journal")
    parser.add_argument("--count", type=int, default=3, help="new members to submit (0: none)")
    parser.add_argument("--record", help="record id of a member that is there, 32 hex digits: the first change is about it")
    parser.add_argument("--base", help="the version that change is made from, 32 hex digits")
    parser.add_argument("--other-bytes", action="store_true", help="seal under the sequence that the server has, as the copy "
                        "of a device does")
    parser.add_argument("--unreadable", action="store_true", help="spoil the payload below its authentic envelope")
    parser.add_argument("--content", type=int, default=1, help="seal the changes as this kind of content, whatever they are")
    parser.add_argument("--indicator", default="composition")
    parser.add_argument("--unit", help="branch id to ask about, 32 hex digits; else the device's sender")
    parser.add_argument("--by", action="append", default=[], help="a dimension; may be repeated")
    parser.add_argument("--trace", action="store_true", help="ask for the records behind the figures too")
    parser.add_argument("--pivot", metavar="KIND", help="count the records of this kind too, by the same dimensions")
    parser.add_argument("--where", action="append", default=[], help="a condition of the pivot, as sex=nu; may be repeated")
    parser.add_argument("--language", default="vi", choices=["vi", "en"])
    arguments = parser.parse_args()
    if arguments.count > 0 and arguments.cell is None and arguments.make_tree is None:
        parser.error("--cell or --make-tree is needed to submit members")
    return arguments


def run(arguments):
    host, port = arguments.server.rsplit(":", 1)
    with open(arguments.key, "rb") as file:
        key = serialization.load_pem_private_key(file.read(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ProtocolError("the device's key is not Ed25519")
    started = time.monotonic()
    connection = Connection(host, int(port), arguments.certificate, arguments.key, arguments.authority)
    welcome = greet(connection, arguments.language)
    result = {"role": text(welcome, 9), "sender": one(welcome, 8).hex(), "head": one(welcome, 5, 0)}
    prefix = os.urandom(8)
    cell = bytes.fromhex(arguments.cell) if arguments.cell else prefix + struct.pack(">Q", 1)
    changes = tree_changes(arguments.make_tree, cell) if arguments.make_tree else []
    records = [prefix + struct.pack(">Q", index + 2) for index in range(arguments.count)]
    if arguments.record:
        records[0] = bytes.fromhex(arguments.record)
    base = bytes.fromhex(arguments.base) if arguments.base else None
    changes += [member_change(record, cell, index, None if index else base) for index, record in enumerate(records)]
    if changes:
        result["cell"] = cell.hex()
        result["records"] = [record.hex() for record in records]
        result["receipt"] = submit(connection, welcome, key, changes, arguments)
        refused = [verdict for verdict in result["receipt"]["verdicts"] if verdict["code"] != VERDICT_APPLIED]
        if refused:
            raise ProtocolError(f"not applied: {refused}")
    unit = bytes.fromhex(arguments.unit) if arguments.unit else None
    result["answer"] = query(connection, arguments.indicator, unit, arguments.by)
    if arguments.trace:
        result["trace"] = query(connection, arguments.indicator, unit, [], is_trace=True)
    if arguments.pivot:
        result["pivot"] = query(connection, "pivot", unit, arguments.by, kind=arguments.pivot, where=arguments.where)
    connection.goodbye()
    result["seconds"] = round(time.monotonic() - started, 3)
    print(json.dumps(result, ensure_ascii=False, indent=1))


def main():
    try:
        run(read_arguments())
    except (ProtocolError, ServerError, OSError) as error:
        print(f"second client: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
