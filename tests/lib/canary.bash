# Looking for what must not be readable anywhere: `load ../lib/canary`, then
#   canary_search CANARIES PATH…    CANARIES: a file with one text a line. Searches every byte of every file below the paths for each text as it
#                                   is, decomposed (NFD), without marks in lower case, as UTF-16 of both orders, and in base64 at any of
#                                   its three offsets. Prints where any was found and fails; a path that is not there fails too.
canary_search() {
  /usr/bin/python3 - "$@" <<'PYTHON'
import base64, os, sys, unicodedata

CHARACTERS_MIN = 6  # shorter ones are found by chance


def in_base64(data):
    """What every base64 of something that holds the bytes must hold: the whole groups of three at each offset."""
    for skipped in range(3):
        inner = data[skipped:]
        inner = inner[:len(inner) - len(inner) % 3]
        if len(inner) >= CHARACTERS_MIN:
            yield base64.b64encode(inner)


def folded(text):
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def forms(text):
    for name, form in (("plain", text), ("NFD", unicodedata.normalize("NFD", text)), ("folded", folded(text))):
        yield name, form.encode()
        for order in ("utf-16-le", "utf-16-be"):
            yield f"{name} {order}", form.encode(order)
        for piece in in_base64(form.encode()):
            yield f"{name} base64", piece


def files(path):
    if not os.path.isdir(path):
        yield path
        return
    for folder, _, names in os.walk(path):
        for name in names:
            yield os.path.join(folder, name)


with open(sys.argv[1], encoding="utf-8") as lines:
    canaries = [line.rstrip("\n") for line in lines]
assert canaries and all(len(canary) >= CHARACTERS_MIN for canary in canaries), "canaries of six characters or more"
needles = [(canary, name, form) for canary in canaries for name, form in forms(canary)]
found = searched = 0
for path in sys.argv[2:]:
    for file in files(path):
        with open(file, "rb") as content:
            data = content.read()
        searched += len(data)
        for canary, name, form in needles:
            if form in data:
                print(f"{file}: {canary} ({name})")
                found += 1
print(f"{searched} bytes searched, {found} finds")
sys.exit(1 if found else 0)
PYTHON
}
