"""Opens what the database holds sealed, written from docs/operations.md#sealed alone: with the master key file and the rows of
dantin.data_key."""
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KIND_MEMBER = 4


def seal_open(key, sealed, place):
    if sealed[0] != 1:
        raise ValueError("not a sealed string of version 1")
    return AESGCM(key).decrypt(sealed[1:13], sealed[13:], place)


class Vault:
    def __init__(self, master_path, data_keys):
        """data_keys: rows (number, sender's 16 bytes, wrapped)."""
        with open(master_path, encoding="ascii") as file:
            master = bytes.fromhex(file.read().strip())
        self.wrapping = HKDF(hashes.SHA256(), 32, None, b"dantin/wrapping").derive(master)
        self.keys = {number: seal_open(self.wrapping, wrapped, b"dantin/data-key\0" + struct.pack(">I", number) + sender)
                     for number, sender, wrapped in data_keys}

    def open(self, sealed, place):
        return seal_open(self.keys[struct.unpack(">I", sealed[:4])[0]], sealed[4:], place)

    def field(self, sealed, kind, record, field, of_list=""):
        place = (b"dantin/field\0" + struct.pack(">H", kind) + record + of_list.encode() + b"\0" + field.encode() + b"\0")
        return self.open(sealed, place).decode()

    def payload(self, sealed, envelope_hash):
        return self.open(sealed, b"dantin/payload\0" + envelope_hash)
