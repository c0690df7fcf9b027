#!/usr/bin/python3
"""Writes the seeds of the fuzz targets for frame, prescan, envelope, tls, session, seal, seal_stream, backup, erasures_list, note, proof, tile, export,
keys, witness, receipt and syncer into tests/fuzz/corpus/.

Seeds are committed; run this again when messages change. Needs python3-zstandard and python3-cryptography. Files it does not
write (what a fuzzer found) stay as they are.
"""
import base64
import datetime
import hashlib
import os
import ssl
import struct
import subprocess

import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")


def write(target, name, content):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


# ---- protobuf by hand ---------------------------------------------------------------------------------------------


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


def frame(message_type, body, request=1, compress=False):
    if compress:
        body = zstandard.ZstdCompressor(level=3).compress(body)
    return struct.pack(">IHHQ", len(body), message_type, 1 if compress else 0, request) + body


ID = bytes(range(16))
HASH = bytes(range(32))
SIGNATURE = bytes(range(64))

hello = number(1, 1) + number(2, 1) + data(3, "dantin 0.1.0") + number(4, 1) + data(5, "vi") + data(7, "a note")
welcome = (number(1, 1) + data(2, "dantind 0.1.0") + number(3, 1) + data(4, ID) + number(5, 9)
           + number(6, 1654041600000) + data(7, HASH) + data(8, ID) + data(9, "clerk") + number(10, 0)
           + number(11, 3) + data(12, HASH) + data(13, HASH) + number(14, 8) + number(15, 60000))
edge = data(1, ID) + number(2, zigzag(-3000)) + number(3, zigzag(19000))
code = data(1, "sex") + data(2, "1") + data(3, "Nam") + data(4, "male") + number(5, zigzag(-100))
locality = (data(1, "gso-2022") + data(2, "522") + data(3, "Bình Sơn") + data(4, "district") + data(7, edge)
            + data(8, number(1, zigzag(18000)) + number(2, 180000) + data(3, "yearbook")))
branch = (data(1, "tinh-uy-quang-ngai") + data(2, "522") + data(3, "Huyện uỷ Bình Sơn") + number(6, 1)
          + data(11, edge) + data(12, edge))
member = (data(1, "51.000123") + data(2, "12345678") + data(3, "Đinh Thị Ánh") + number(4, zigzag(4000))
          + data(5, "2") + data(6, "19") + number(9, zigzag(14000)) + data(19, "12/12") + data(23, edge))
reason = data(1, "member.age") + data(2, "có xác nhận")
change = number(1, 4) + data(2, ID) + data(3, ID) + data(4, member) + data(6, reason) + number(7, 1)
removal = number(1, 4) + data(2, ID) + data(3, ID) + number(5, 1)
payload = data(1, HASH) + data(2, change) + data(2, removal)
parts = data(3, data(1, HASH) + data(2, change)) + data(3, data(3, HASH))
envelope = (b"dantin/envelope\0\x01\x01" + HASH + struct.pack(">Q", 1) + bytes(32)
            + struct.pack(">HII", 1, 1, len(payload)) + HASH)
submit = data(1, envelope) + data(2, SIGNATURE) + data(3, zstandard.ZstdCompressor(level=3).compress(payload))
verdict = number(1, 0) + number(2, 2) + data(3, "ingest.exists") + data(4, "đã có") + data(5, ID) + data(6, member)
receipt = (data(1, ID) + number(2, 7) + number(3, 1654041600000) + number(4, 1) + data(5, HASH) + number(6, 2)
           + data(7, verdict) + data(8, HASH) + data(9, SIGNATURE))
query = data(1, "composition") + data(2, ID) + number(3, zigzag(19144)) + number(4, 7) + data(5, "sex") + data(5, "age")
condition = data(1, "sex") + data(2, "!=") + data(3, "nam") + data(3, "nu")
pivot = (data(1, "pivot") + data(5, "sender") + data(8, "member") + data(9, condition)
         + data(9, data(1, "admission_date") + data(2, ">=") + data(3, "01/01/2003")) + data(10, "card_number"))
trace = data(1, "flow") + data(2, ID) + number(3, zigzag(19144)) + number(6, zigzag(18993)) + number(7, 1)
column = data(1, "members") + data(2, "Đảng viên") + data(3, "integer")
rows = (data(1, column) * 2 + data(2, data(1, data(1, "55300")) + data(1, b"")) * 3 + number(3, 1) + data(4, ID)
        + number(5, 7) + number(6, zigzag(19144)) + data(7, "composition") + data(8, HASH))
goodbye = number(1, 36) + data(2, "máy chủ đang dừng")
error = number(1, 2) + data(2, "bận") + number(3, 1) + number(4, 1) + data(5, "I-1") + number(6, 500)
token = number(1, 2**64 - 1)

MESSAGES = {"hello": (1, hello), "welcome": (2, welcome), "ping": (3, token), "pong": (4, token), "goodbye": (5, goodbye),
            "error": (6, error), "cancel": (7, b""), "submit": (16, submit), "receipt": (17, receipt),
            "query": (32, query), "query_pivot": (32, pivot), "query_trace": (32, trace), "rows": (33, rows)}
RECORDS = {"code": (1, code), "locality": (2, locality), "branch": (3, branch), "member": (4, member)}


def make_frames():
    rules_of = {"hello": 1, "welcome": 0, "submit": 3, "query": 3, "query_pivot": 3, "query_trace": 3, "cancel": 3, "receipt": 2, "rows": 2}
    for name, (message_type, body) in MESSAGES.items():
        rules = bytes([rules_of.get(name, 3)])
        write("frame", name, rules + frame(message_type, body))
        write("frame", name + "_zstd", rules + frame(message_type, body, compress=True))
    stream = frame(32, query, 1) + frame(3, token, 2) + frame(4000, b"unknown", 3) + frame(16, submit, 4)
    write("frame", "stream", b"\x03" + stream)
    write("frame", "stream_cut", b"\x03" + stream[:-5])
    write("frame", "too_big", b"\x01" + struct.pack(">IHHQ", 0xFFFFFFFF, 1, 0, 1))
    write("frame", "zstd_bomb", b"\x03" + frame(32, bytes(1 << 20), compress=True))
    write("frame", "http", b"\x01GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")


def make_messages():
    for name, (message_type, body) in MESSAGES.items():
        write("prescan", name, bytes([message_type, 1]) + body)
    for name, (kind, body) in RECORDS.items():
        write("prescan", "record_" + name, bytes([64 + kind, 0]) + body)
    write("prescan", "payload", bytes([250, 0]) + payload)
    write("prescan", "payload_parts", bytes([250, 0]) + parts)
    write("prescan", "change", bytes([251, 0]) + change)
    write("prescan", "unknown_fields", bytes([1, 1]) + hello + data(99, "new") + number(100, 5) + b"\xfd\x07abcd")
    write("prescan", "duplicate", bytes([1, 1]) + hello + number(1, 1))
    write("prescan", "empty_elements", bytes([33, 1]) + data(2, b"") * 2000)
    write("prescan", "bad_text", bytes([1, 1]) + data(3, b"a\xc0\x80"))
    write("prescan", "bidi_text", bytes([1, 1]) + data(3, "a\u202eb"))


def make_envelopes():
    write("envelope", "seed_form", envelope + payload)
    write("envelope", "part_form", envelope + parts)
    write("envelope", "zstd", envelope + zstandard.ZstdCompressor(level=3).compress(payload))
    write("envelope", "envelope_cut", envelope[:100])
    write("envelope", "other_layout", envelope[:16] + b"\x02" + envelope[17:] + payload)
    write("envelope", "no_seed", envelope + data(2, change))
    write("envelope", "both_forms", envelope + payload + parts)
    write("envelope", "many_changes", envelope + data(1, HASH) + data(2, b"") * 2001)


# ---- TLS ----------------------------------------------------------------------------------------------------------


def certificate_of(key, name):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2022, 6, 1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=36500))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    return builder.sign(key, None)


def side(context, is_server):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    name = None if is_server else "localhost"
    return context.wrap_bio(incoming, outgoing, server_side=is_server, server_hostname=name), incoming, outgoing


def step(connection, outgoing):
    try:
        connection.do_handshake()
    except ssl.SSLError:
        pass
    return outgoing.read()


def make_tls():
    key = Ed25519PrivateKey.generate()
    certificate = certificate_of(key, "seed")
    path = os.path.join(CORPUS, "identity.pem")
    with open(path, "wb") as file:
        file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                     serialization.NoEncryption()))
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
    contexts = {}
    for is_server in (False, True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if is_server else ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(path)
        context.set_alpn_protocols(["dantin/1"])
        contexts[is_server] = context
    os.unlink(path)
    client, client_in, client_out = side(contexts[False], False)
    server, server_in, server_out = side(contexts[True], True)
    first = step(client, client_out)
    server_in.write(first)
    answer = step(server, server_out)
    client_in.write(answer)
    last = step(client, client_out)
    write("tls", "client_hello", b"\x01" + first)
    write("tls", "client_hello_in_pieces", b"\x0f" + first)
    write("tls", "client_flights", b"\x01" + first + last)
    write("tls", "server_flight", b"\x00" + answer)
    write("tls", "server_flight_in_pieces", b"\x20" + answer)
    contexts[False].maximum_version = ssl.TLSVersion.TLSv1_2
    old, _, old_out = side(contexts[False], False)
    write("tls", "client_hello_tls12", b"\x01" + step(old, old_out))
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare, _, bare_out = side(plain, False)
    write("tls", "client_hello_no_alpn", b"\x01" + step(bare, bare_out))
    write("tls", "alert", b"\x00\x15\x03\x03\x00\x02\x02\x28")
    write("tls", "http", b"\x01GET / HTTP/1.1\r\n\r\n")


def make_sessions():
    """First byte: 1 greeted, 2 byte by byte, 4 deaf, 8 the line is lost early (fuzz_session.c)."""
    greeted, dribble, deaf, lost = 1, 2, 4, 8
    query = MESSAGES["query"][1]
    stream = frame(3, token, 0) + frame(16, submit, 4) + frame(32, query, 5) + frame(32, query, 6) + frame(7, b"", 6)
    write("session", "hello", b"\x00" + frame(1, hello, 1))
    write("session", "hello_then_everything", b"\x00" + frame(1, hello, 1) + stream)
    write("session", "hello_twice", b"\x00" + frame(1, hello, 1) * 2)
    write("session", "hello_dribbled", bytes([dribble]) + frame(1, hello, 1))
    write("session", "hello_lost", bytes([lost]) + frame(1, hello, 1))
    for name, choices in (("everything", greeted), ("everything_dribbled", greeted | dribble),
                          ("everything_deaf", greeted | deaf), ("everything_lost", greeted | lost)):
        write("session", name, bytes([choices]) + stream + frame(5, number(1, 0), 0))
    write("session", "credits", bytes([greeted | lost]) + b"".join(frame(32, query, i) for i in range(1, 40)))
    write("session", "same_number", bytes([greeted | lost]) + frame(32, query, 5) * 2)
    write("session", "unknown_types", bytes([greeted]) + frame(999, b"x" * 5000, 7) + frame(4000, b"", 8) + frame(3, token, 0))
    write("session", "wrong_direction", bytes([greeted]) + frame(2, MESSAGES["welcome"][1], 1))
    write("session", "too_big", bytes([greeted]) + struct.pack(">IHHQ", 0xFFFFFFFF, 16, 0, 1))
    write("session", "compressed", bytes([greeted]) + frame(32, query, 3, compress=True) + frame(16, submit, 4, compress=True))
    write("session", "empty_parts", bytes([greeted]) + frame(32, data(1, "composition") + data(5, "") * 500, 3))
    write("session", "query_pivot", bytes([greeted]) + frame(32, pivot, 3) + frame(32, pivot + data(9, data(2, "=")), 4))
    write("session", "query_trace", bytes([greeted]) + frame(32, trace, 3) + frame(32, data(1, "indicators"), 4))
    write("session", "query_many_conditions", bytes([greeted]) + frame(32, pivot + data(9, condition) * 20, 3))
    # The model world's epoch is 0xe0 sixteen times, its journal has five entries.
    line = f"\u2014 dantin/device/{HASH.hex()} {base64_of(bytes(76))}\n".encode()
    cosign = data(1, b"\xe0" * 16) + number(2, 5) + data(3, line)
    seal = number(1, 5) + number(2, 0) + number(3, 0)
    prove = number(1, 5) + number(2, 1) + number(2, 4) + number(2, 5)
    waiting = number(1, 1) + data(2, ID)
    for name, message_type, body in (("cosign", 18, cosign), ("seal", 20, seal), ("prove", 24, prove), ("waiting", 26, waiting)):
        write("session", name, bytes([greeted]) + frame(message_type, body, 3))
        write("session", name + "_lost", bytes([greeted | lost]) + frame(message_type, body, 3))
    write("session", "cosign_other_epoch", bytes([greeted]) + frame(18, data(1, ID) + number(2, 5) + data(3, line * 2), 3))
    write("session", "prove_many", bytes([greeted]) + frame(24, number(1, 2**63) + number(2, 1) * 65, 3))
    write("session", "seal_past", bytes([greeted]) + frame(20, number(1, 2**64 - 1) + number(3, 2**64 - 1), 3))
    write("session", "pings_deaf", bytes([greeted | deaf]) + frame(3, token, 0) * 300)


def make_seals():
    """First byte: how many associated bytes follow (fuzz_seal.c, whose key this is)."""
    key, nonce = AESGCM(b"dantin" + bytes(26)), bytes(range(12))
    for name, associated, plain in (("number", b"dantin/number", b"51.000123"), ("empty", b"", b""),
                                    ("payload", b"dantin/payload" + HASH, bytes(300))):
        sealed = b"\x01" + nonce + key.encrypt(nonce, plain, associated)
        write("seal", name, bytes([len(associated)]) + associated + sealed)
        write("seal", name + "_cut", bytes([len(associated)]) + associated + sealed[:-1])
    write("seal", "version_2", b"\x00\x02" + sealed[1:])
    write("seal", "short", b"\x00\x01" + nonce)


# ---- the journal's texts and files --------------------------------------------------------------------------------


def base64_of(content):
    return base64.b64encode(content).decode()


def signature_line(name, kind, key, signature):
    public_key = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    key_id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]
    return f"\u2014 {name} {base64_of(key_id + signature)}\n"


def make_journal():
    log_key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    device_key = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
    leaf = bytes(236)
    root = hashlib.sha256(b"\0" + leaf).digest()
    text = f"dantin/journal/{ID.hex()}\n1\n{base64_of(root)}\nstate {base64_of(HASH)}\n"
    note = text + "\n" + signature_line("dantin/journal", 1, log_key, log_key.sign(text.encode()))
    cosigned = device_key.sign(b"cosignature/v1\ntime 1654041600\n" + text.encode())
    device_name = "dantin/device/" + HASH.hex()
    cosignature = signature_line(device_name, 4, device_key, struct.pack(">Q", 1654041600) + cosigned)
    notes = {"checkpoint": note, "cosigned": note + cosignature, "twice": note + cosignature * 2,
             "text_with_empty_line": "a\n\nb\n" + note[len(text):], "no_signature": text + "\n",
             "stranger": text + "\n\u2014 \u0110\u00f4ng AAAAAAAAAAAA\n", "extension": note.replace("state", "stat", 1),
             "long_signature": text + "\n\u2014 pq " + "AAEC" * 1200 + "\n", "many": note + cosignature * 300}
    for name, content in notes.items():
        write("note", name, content.encode())
    head = "c2sp.org/tlog-proof@v1\n"
    write("proof", "single", (head + f"extra {base64_of(leaf)}\nindex 0\n\n{note}").encode())
    write("proof", "path", (head + "index 73894\n" + (base64_of(HASH) + "\n") * 5 + "\n" + note + cosignature).encode())
    write("proof", "no_note", (head + "index 0\n\n").encode())
    write("proof", "long_path", (head + "index 0\n" + (base64_of(HASH) + "\n") * 65 + "\n" + note).encode())
    key = base64_of(HASH)
    write("export", "head", f"\0dantin/export/1\nsize 718\nkey {key}\n".encode())
    write("export", "head_more", f"\0dantin/export/1\nsize 718\nkey {key}\nmore\n".encode())
    write("export", "verdicts", b"\1\0\0\3\x0cingest.cycle\2\0\1\0")
    write("export", "verdicts_cut", b"\1\0\0\3\x0cingest.c")
    write("export", "records", b"\2" + struct.pack(">I", 3) + b"abc" + struct.pack(">I", 0))
    write("export", "records_cut", b"\2" + struct.pack(">I", 0xFFFFFFFF) + b"abc")
    write("export", "change", b"\3" + change)
    write("export", "new_record", b"\3" + number(1, 4) + data(2, ID) + data(4, member))
    write("export", "approval", b"\3" + data(1, ID) + data(2, HASH) + number(3, 1) + data(4, "sai"))
    write("tile", "bundle", struct.pack(">Q", 3) + (struct.pack(">H", 236) + leaf) * 3)
    write("tile", "bundle_cut", struct.pack(">Q", 3) + (struct.pack(">H", 236) + leaf) * 2 + b"\0")
    write("tile", "partial", struct.pack(">Q", 70000) + HASH * 112)
    write("tile", "full", struct.pack(">Q", 256) + HASH * 256)
    write("tile", "frontier", struct.pack(">Q", 7) + HASH * 3)
    write("tile", "huge", struct.pack(">Q", 2**63 - 1) + HASH * 63)
    write("tile", "past_huge", struct.pack(">Q", 2**64 - 1) + HASH * 64)


def make_keys():
    """Key files by OpenSSL's own hand, under "mat khau" (fuzz_keys.c), and recovery codes."""
    pem = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    schemes = {"scrypt": ["-scrypt", "-scrypt_N", "2", "-scrypt_r", "1", "-scrypt_p", "1"],
               "too_costly": ["-scrypt", "-scrypt_N", "16384", "-scrypt_r", "8", "-scrypt_p", "100"],
               "pbkdf2": ["-v2", "aes-256-cbc", "-iter", "2"], "old": ["-v1", "PBE-SHA1-3DES", "-iter", "2"]}
    for name, options in schemes.items():
        file = subprocess.run(["openssl", "pkcs8", "-topk8", "-passout", "pass:mat khau", *options], input=pem,
                              stdout=subprocess.PIPE, check=True).stdout
        write("keys", name, file)
        write("keys", f"{name}_cut", file[:len(file) * 2 // 3])
    write("keys", "plain", pem)
    write("keys", "code_good", b"0000-0000-0000-0000-0000-0000-0000")
    write("keys", "code_typed", b" oooo 0000 oooo 0000 oooo 0000 0000\r\n")
    write("keys", "code_wrong_check", b"0000-0000-0000-0000-0000-0000-0001")
    write("keys", "code_short", b"0000-0000")


def make_streams():
    """First byte: size of the pieces (fuzz_seal_stream.c, whose key this is). Written from common/crypto/seal_stream.h alone."""
    raw = {"encoding": serialization.Encoding.Raw, "format": serialization.PublicFormat.Raw}
    recipient = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
    public = X25519PrivateKey.from_private_bytes(recipient).public_key().public_bytes(**raw)
    file_key, nonce = bytes(range(32)), bytes(range(12))

    def derive(secret, salt, info):
        return HKDF(hashes.SHA256(), 32, salt, info).derive(secret)

    def seal(key, place, plain):
        return b"\x01" + nonce + AESGCM(key).encrypt(nonce, plain, place)

    def stream(*chunks):
        made = X25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
        made_public = made.public_key().public_bytes(**raw)
        secret = made.exchange(X25519PublicKey.from_public_bytes(public))
        header = b"dantin/sealed\0\0\0\x01\x01" + made_public
        header += seal(derive(secret, made_public + public, b"dantin/recipient"), b"dantin/file-key", file_key)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(header)
        key = derive(file_key, digest.finalize(), b"dantin/stream")
        return header + b"".join(seal(key, struct.pack(">QB", i, i == len(chunks) - 1), chunk)
                                 for i, chunk in enumerate(chunks))

    for name, content in (("empty", stream(b"")), ("one", stream(b"abc")), ("two", stream(bytes(65536), b"end"))):
        write("seal_stream", name, b"\xff" + content)
        write("seal_stream", name + "_cut", b"\x00" + content[:-1][:3000])
    write("seal_stream", "recipients", b"\xff" + b"dantin/sealed\0\0\0\x01\x10" + bytes(93 * 3))


def make_backups():
    """The archive as it is (fuzz_backup.c seals it; server/commands/backup_archive.h)."""
    def file(name, content):
        return bytes([1, len(name)]) + name + struct.pack(">I", len(content)) + content

    start = b"dantin/backup/1\n" + file(b"manifest", b"epoch 1\nposition 0\n")
    files = file(b"receipt.key", b"key") + file(b"master.key", b"0" * 65) + file(b"ca/ca.crt", b"")
    write("backup", "whole", start + files + b"\x02PGDMP")
    write("backup", "no_files", start + b"\x02")
    write("backup", "leads_out", start + file(b"../server.key", b"x") + b"\x02")
    write("backup", "cut", start + files[:-10])


def make_erasures():
    """First byte: the file as it is (0), or what one line says, signed by fuzz_erasures_list.c (1)."""
    key = Ed25519PrivateKey.from_private_bytes(b"\x07" + bytes(31))
    other = Ed25519PrivateKey.from_private_bytes(b"\x08" + bytes(31))

    def note(previous, *fields):
        return data(1, previous) + number(2, 1700000000000) + b"".join(fields)

    def line(content, by=key):
        signature = by.sign(b"dantin/erasures".ljust(32, b"\0") + content)
        return base64.b64encode(content) + b" " + base64.b64encode(signature) + b"\n"

    erasure = [data(3, bytes(16)), number(4, 7), number(5, 1), data(6, b"\x01" * 16), data(7, "12-QĐ/TU"),
               data(8, b"\x02" * 16), data(9, bytes(32)), data(10, b"sealed")]
    first = line(note(bytes(32), *erasure))
    second = line(note(hashlib.sha256(first).digest(), *erasure))
    write("erasures_list", "two_lines", b"\0" + first + second)
    write("erasures_list", "cut", b"\0" + first + second[:-9])
    write("erasures_list", "swapped", b"\0" + second + first)
    write("erasures_list", "other_key", b"\0" + line(note(bytes(32), *erasure), other))
    write("erasures_list", "no_base64", b"\0" + b"?" + first[1:])
    write("erasures_list", "erasure", b"\1" + note(bytes(32), *erasure))
    write("erasures_list", "next_key", b"\1" + note(bytes(32), data(11, b"\x09" * 32)))
    write("erasures_list", "no_previous", b"\1" + number(2, 1))
    write("erasures_list", "garbage", b"\1" + b"\xff" * 40)


def make_witness():
    """First byte: what follows (fuzz_witness.c, whose store, log and witness these are)."""
    lineage, links, cosigned, sealed, sealed_act, sealed_key, lineage_act, noticed, noticed_act = range(9)
    log_key = Ed25519PrivateKey.from_private_bytes(b"\x22" + bytes(31))
    witness_key = Ed25519PrivateKey.from_private_bytes(b"\x33" + bytes(31))
    new_key = Ed25519PrivateKey.from_private_bytes(b"\x55" + bytes(31))
    epoch, new_epoch, sender = b"\x22" + bytes(15), b"\x44" + bytes(15), b"\x01" + bytes(15)

    def raw(key):
        return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def device_of(key):
        return hashlib.sha256(bytes.fromhex("302a300506032b6570032100") + raw(key)).digest()

    leaves = [hashlib.sha256(struct.pack(">Q", i)).digest() for i in range(4)]

    def node(left, right):
        return hashlib.sha256(b"\1" + left + right).digest()

    roots = {1: leaves[0], 2: node(leaves[0], leaves[1]), 4: node(node(*leaves[:2]), node(*leaves[2:]))}

    def note(size, cosigner=None):
        text = f"dantin/journal/{epoch.hex()}\n{size}\n{base64_of(roots[size])}\nstate {base64_of(bytes([size]) + bytes(31))}\n"
        lines = signature_line("dantin/journal", 1, log_key, log_key.sign(text.encode()))
        if cosigner:
            said = cosigner.sign(b"cosignature/v1\ntime 1654041600\n" + text.encode())
            lines += signature_line("dantin/device/" + device_of(cosigner).hex(), 4, cosigner, struct.pack(">Q", 1654041600) + said)
        return (text + "\n" + lines).encode()

    def put(name, what, content):
        write("witness", name, bytes([what]) + content)

    path_2_4 = node(leaves[2], leaves[3])
    entry = (number(1, 3) + data(2, envelope) + data(3, SIGNATURE) + number(4, 1654041600000) + data(5, HASH) + number(6, 0)
             + data(7, HASH) + data(8, change) + data(9, HASH) + data(10, HASH * 2))
    put("lineage_empty", lineage, b"")
    put("lineage_entry", lineage, data(2, entry))
    put("links_empty", links, b"")
    put("links", links, data(1, b""))
    put("links_long", links, data(1, HASH * 64))
    put("cosigned_empty", cosigned, b"")
    put("cosigned", cosigned, data(1, note(2)) + data(2, path_2_4))
    put("cosigned_unproved", cosigned, data(1, note(2)) + data(2, HASH))
    put("cosigned_forked", cosigned, data(1, note(4).replace(b"\n4\n", b"\n5\n")))
    put("sealed", sealed, data(1, note(2, witness_key)) + data(2, path_2_4) + number(4, 4))
    put("sealed_newest", sealed, data(1, note(4, witness_key)) + number(4, 4))
    put("sealed_by_nobody", sealed, data(1, note(2)) + data(2, path_2_4) + number(4, 4))
    put("sealed_by_stranger", sealed, data(1, note(2, new_key)) + data(2, path_2_4) + number(4, 4))
    put("sealed_entry", sealed, data(3, entry) + number(4, 4))
    put("sealed_not_all", sealed, number(4, 2))
    put("sealed_past", sealed, number(4, 2**64 - 1))
    put("act_device", sealed_act, data(1, data(1, raw(new_key)) + data(2, sender) + data(3, "clerk")))
    put("act_device_short", sealed_act, data(1, data(1, HASH[:5]) + data(2, sender)))
    put("act_revoke", sealed_act, data(2, data(1, device_of(witness_key)) + data(2, "mất máy")))
    put("act_revoke_short", sealed_act, data(2, data(1, HASH[:31])))
    put("act_witnesses", sealed_act, data(4, data(1, sender) * 3))
    put("act_witnesses_short", sealed_act, data(4, data(1, sender) + data(1, b"ab")))
    put("act_two", sealed_act, data(2, data(1, HASH)) + data(4, data(1, sender)))
    put("act_none", sealed_act, b"")
    said = b"dantin/key-change" + bytes(15) + device_of(witness_key) + struct.pack(">Q", 1)
    put("key_change", sealed_key, data(1, raw(new_key)) + data(2, new_key.sign(said)))
    put("key_change_not_held", sealed_key, data(1, raw(new_key)) + data(2, SIGNATURE))
    put("key_change_small_order", sealed_key, data(1, b"\x01" + bytes(31)) + data(2, SIGNATURE))
    put("key_change_short", sealed_key, data(1, HASH[:31]) + data(2, SIGNATURE))
    put("epoch_follows", lineage_act, data(6, data(1, epoch) + number(2, 4) + data(3, roots[4]) + data(4, new_epoch)))
    put("epoch_of_itself", lineage_act, data(6, data(1, new_epoch) + number(2, 4) + data(3, roots[4]) + data(4, new_epoch)))
    put("epoch_of_stranger", lineage_act, data(6, data(1, HASH[:16]) + number(2, 4) + data(3, roots[4]) + data(4, new_epoch)))
    put("epoch_past", lineage_act, data(6, data(1, epoch) + number(2, 2**63) + data(3, roots[4]) + data(4, new_epoch)))
    put("noticed_empty", noticed, b"")
    put("noticed_all", noticed, number(2, 4))
    put("noticed_past", noticed, number(2, 2**64 - 1))
    put("noticed_entry", noticed, data(1, entry) + number(2, 4))
    record = b"\xee" + bytes(14) + b"\x09"  # client_id
    for name, record_id, kind, versions in (
            ("noticed_erased", record, 4, data(4, data(1, ID) + data(2, data(5, "2")))),
            ("noticed_gone", record, 4, data(4, data(1, ID) + number(3, 1))),
            ("noticed_no_version", record, 4, b""),
            ("noticed_garbage", record, 4, data(4, data(1, ID) + data(2, b"\xff\xff"))),
            ("noticed_other", ID, 4, data(4, data(1, ID))), ("noticed_no_kind", record, 99, b"")):
        put(name, noticed_act, data(7, number(1, kind) + data(2, record_id) + data(3, "12-QĐ/TU") + versions + data(5, sender)))
    put("log_key", lineage_act, data(5, data(1, raw(new_key)) + data(2, SIGNATURE)))


def make_receipts():
    """First byte: 1 the log signs it (fuzz_receipt.c, whose submission has three changes)."""
    time = number(3, 1654041600000)

    def put(name, *verdicts, unreadable=b"", count=b""):
        write("receipt", name, b"\x01" + time + count + b"".join(data(7, verdict) for verdict in verdicts) + unreadable)

    current = data(5, ID)
    put("applied")
    put("waiting", number(1, 0) + number(2, 1), number(1, 2) + number(2, 1))
    put("conflict", number(1, 0) + number(2, 2) + current + data(6, member))
    put("conflict_short", number(1, 0) + number(2, 2) + data(5, ID[:5]))
    put("refused", number(1, 1) + number(2, 3) + data(3, "ingest.number_used"), number(1, 2) + number(2, 3) + data(3, "member.age"))
    put("warned", number(1, 1) + number(2, 0) + data(3, "member.age"))
    put("descending", number(1, 2) + number(2, 3), number(1, 1) + number(2, 3))
    put("twice", number(1, 1) + number(2, 3), number(1, 1) + number(2, 2))
    put("past_the_last", number(1, 3) + number(2, 3))
    put("unreadable", unreadable=number(10, 1), count=number(6, 1))
    put("unreadable_none", unreadable=number(10, 1))
    put("unreadable_many", number(1, 1999) + number(2, 3), unreadable=number(10, 1), count=number(6, 2000))
    write("receipt", "unsigned", b"\x00" + receipt)
    write("receipt", "cut", b"\x00" + receipt[:-7])
    write("receipt", "empty", b"\x00")


def make_syncers():
    """First byte: what the session is for, 4: greeted (fuzz_syncer.c)."""
    submit_job, query_job, waiting_job, greet_job, greeted, noticing = 0, 1, 2, 3, 4, 8
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    device = hashlib.sha256(bytes.fromhex("302a300506032b6570032100") + public).digest()
    ballot = number(1, 21) + data(2, ID) + data(4, data(1, ID))
    item_hash = hashlib.sha256(HASH + ballot).digest()
    sealed = (b"dantin/envelope\0\x01\x01" + device + struct.pack(">Q", 1) + bytes(32) + struct.pack(">HII", 1, 1, 100)
              + hashlib.sha256(item_hash).digest())
    waiting_change = number(1, 0) + data(2, HASH) + data(3, ballot)

    def waits(change, hashes):
        return (data(1, number(1, 9) + number(2, 1654041600000) + data(3, public) + data(4, sealed) + data(5, key.sign(sealed))
                     + data(6, hashes) + data(7, change)) + data(2, data(1, ID) + number(2, 3) + data(3, "ingest.conflict")) + number(3, 1))

    def put(name, choices, *frames):
        write("syncer", name, bytes([choices]) + b"".join(frames))

    for name, job in (("submit", submit_job), ("query", query_job), ("waiting", waiting_job), ("greet", greet_job)):
        put(f"{name}_welcome", job, frame(2, welcome))
        put(f"{name}_goodbye", job | greeted, frame(5, goodbye))
        put(f"{name}_error", job | greeted, frame(6, error, 2))
        put(f"{name}_ping", job | greeted, frame(3, token, 0), frame(4, token, 0))
    put("submit_receipt", submit_job | greeted, frame(17, receipt, 3))
    put("submit_receipt_zstd", submit_job | greeted, frame(17, receipt, 3, compress=True))
    put("submit_receipt_unasked", submit_job | greeted, frame(17, receipt, 9), frame(17, receipt, 3))
    put("submit_error_of_receipt", submit_job | greeted, frame(6, error, 3))
    put("submit_error_other", submit_job | greeted, frame(6, error, 9))
    put("submit_proved_unasked", submit_job | greeted, frame(25, b"", 3))
    put("noticing_noticed", submit_job | greeted | noticing, frame(23, number(2, 2), 2), frame(23, number(2, 4), 3), frame(17, receipt, 4))
    put("noticing_error", submit_job | greeted | noticing, frame(6, error, 2))
    put("noticing_receipt", submit_job | greeted | noticing, frame(17, receipt, 2))
    put("submit_welcome_twice", submit_job | greeted, frame(2, welcome))
    put("query_rows", query_job | greeted, frame(33, rows[:-2], 2), frame(33, rows, 2))
    put("query_waits", query_job | greeted, frame(27, waits(waiting_change, item_hash), 2))
    put("waiting_waits", waiting_job | greeted, frame(27, waits(waiting_change, item_hash), 2))
    put("waiting_erased", waiting_job | greeted, frame(27, waits(number(1, 0), item_hash), 2))
    put("waiting_false_hash", waiting_job | greeted, frame(27, waits(waiting_change, HASH), 2))
    put("waiting_index", waiting_job | greeted, frame(27, waits(number(1, 7) + data(2, HASH) + data(3, ballot), item_hash), 2))


make_frames()
make_messages()
make_journal()
make_sessions()
make_envelopes()
make_tls()
make_seals()
make_streams()
make_backups()
make_erasures()
make_keys()
make_witness()
make_receipts()
make_syncers()
