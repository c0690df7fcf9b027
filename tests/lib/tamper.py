"""What a master of the server, log key and all, writes over its own journal: reads rows of the database, prints SQL. Written from
docs/journal.md, for tests of who notices.

    tamper.py KEY DEED < rows      KEY: receipt.key (PEM)

rows, as tests/e2e/tampering.bats selects them:
    entry POSITION ENVELOPE SIGNATURE TIME CHANGES VERDICTS    (bytes in hex; VERDICTS: - when none is listed)
    note SIZE NOTE                                             (base64)
    gone KIND RECORD VERSION                                   (what an entry that is left out had made, all without a base)
    made POSITION KIND RECORD VERSION                          (what was not applied of an entry, all without a base)
deeds:
    resign             every leaf, receipt and checkpoint signed anew over the rows as they are: a changed moment or verdict fits again
    apply POSITION     every item of entry POSITION was applied, whatever had been found about it, and the state follows
    leave-out POSITION entry POSITION was never there; those behind it move up, all signed anew
    cut SIZE           the journal ends at SIZE, with the checkpoint that was made there
"""
import base64
import hashlib
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


class Entry:
    def __init__(self, position, envelope, signature, time, changes, verdicts):
        self.position, self.old = int(position), int(position)
        self.envelope, self.signature = bytes.fromhex(envelope), bytes.fromhex(signature)
        self.time, self.changes = int(time), int(changes)
        self.verdicts = b"" if verdicts == "-" else bytes.fromhex(verdicts)

    def leaf(self):
        codes = [b"\0\0"] * self.changes
        rest = self.verdicts
        while rest:  # u32 index, u8 code, u8 length, rule, 16 bytes of a version
            index, code, length = struct.unpack(">IBB", rest[:6])
            codes[index] = bytes((code, length)) + rest[6:6 + length]
            rest = rest[6 + length + 16:]
        return sha256(b"\0", self.envelope, self.signature, struct.pack(">q", self.time), sha256(*codes))


def frontier(leaves):
    """The hashes of the complete subtrees, left to right."""
    stack = []
    for leaf in leaves:
        height, node = 0, leaf
        while stack and stack[-1][0] == height:
            node, height = sha256(b"\1", stack.pop()[1], node), height + 1
        stack.append((height, node))
    return [node for _, node in stack]


def root(leaves):
    nodes = frontier(leaves)
    result = nodes.pop()
    while nodes:
        result = sha256(b"\1", nodes.pop(), result)
    return result


class Note:
    def __init__(self, size, note):
        self.size = int(size)
        self.lines = base64.b64decode(note).decode().split("\n")
        self.epoch = bytes.fromhex(self.lines[0].rsplit("/", 1)[1])
        self.state = base64.b64decode(self.lines[3].split()[1])

    def signed(self, key, size, root_hash, state):
        text = "\n".join([self.lines[0], str(size), base64.b64encode(root_hash).decode(),
                          "state " + base64.b64encode(state).decode()]) + "\n"
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        blob = sha256(b"dantin/journal\n\x01", public)[:4] + key.sign(text.encode())
        return f"{text}\n— dantin/journal {base64.b64encode(blob).decode()}\n".encode()


def literal(data):
    return f"'\\x{data.hex()}'"


def moved(state, rows, sign):
    number = int.from_bytes(state, "big")
    for kind, record, version in rows:
        number += sign * int.from_bytes(
            sha256(b"dantin/state\0", struct.pack(">H", int(kind)), bytes.fromhex(record), bytes.fromhex(version)), "big")
    return (number % (1 << 256)).to_bytes(32, "big")


def write(key, entries, notes):
    """entries as they shall stand; notes: (the old one, size, state)."""
    leaves = [entry.leaf() for entry in entries]
    assert len(leaves) < 256, "tree nodes of 256 leaves are not written"
    for entry, leaf in zip(entries, leaves):
        receipt = key.sign(b"dantin/receipt\0\0" + notes[0][0].epoch + struct.pack(">Q", entry.position) + leaf)
        print(f"update dantin.journal set position = {entry.position}, leaf = {literal(leaf)}, receipt_signature = {literal(receipt)} "
              f"where position = {entry.old};")
    print("create temporary table kept on commit drop as select * from dantin.cosignature; delete from dantin.cosignature;")
    print("delete from dantin.checkpoint;")
    for note, size, state in notes:
        print(f"insert into dantin.checkpoint (epoch, size, note) values ('{note.epoch.hex()}', {size}, "
              f"{literal(note.signed(key, size, root(leaves[:size]), state))});")
    print("insert into dantin.cosignature select k.* from kept k join dantin.checkpoint c using (epoch, size);")
    size, state = notes[-1][1], notes[-1][2]
    print(f"update dantin.journal_head set position = {size}, server_time_ms = {entries[-1].time}, state = {literal(state)}, "
          f"frontier = {literal(b''.join(frontier(leaves)))};")
    print("update dantin.device d set last_sequence = coalesce((select max(sequence) from dantin.journal j where j.device = d.id), 0), "
          "last_envelope_hash = (select envelope_hash from dantin.journal j where j.device = d.id order by sequence desc limit 1);")


def main():
    with open(sys.argv[1], "rb") as file:
        key = load_pem_private_key(file.read(), None)
    assert isinstance(key, Ed25519PrivateKey)
    entries, notes, gone, made = [], [], [], []
    for line in sys.stdin:
        what, *cells = line.split()
        {"entry": lambda: entries.append(Entry(*cells)), "note": lambda: notes.append(Note(*cells)),
         "gone": lambda: gone.append(cells), "made": lambda: made.append(cells)}[what]()
    deed = sys.argv[2]
    if deed == "resign":
        write(key, entries, [(note, note.size, note.state) for note in notes])
    elif deed == "apply":
        position = int(sys.argv[3])
        entries[position].verdicts = b""
        print(f"update dantin.journal set verdicts = '' where position = {position};")
        new = [row[1:] for row in made if int(row[0]) == position]
        assert new, "all of it was applied already"
        write(key, entries, [(note, note.size, moved(note.state, new, 1) if note.size > position else note.state) for note in notes])
    elif deed == "leave-out":
        position = int(sys.argv[3])
        print(f"delete from dantin.journal where position = {position};")
        entries = [entry for entry in entries if entry.position != position]
        for entry in entries:
            entry.position -= entry.position > position
        kept = [(note, note.size, note.state) for note in notes if note.size <= position]
        write(key, entries, kept + [(note, note.size - 1, moved(note.state, gone, -1)) for note in notes if note.size > position + 1])
    elif deed == "cut":
        size = int(sys.argv[3])
        print(f"delete from dantin.journal where position >= {size};")
        write(key, [entry for entry in entries if entry.position < size],
              [(note, note.size, note.state) for note in notes if note.size <= size])
    else:
        sys.exit(f"no such deed: {deed}")


main()
